"""From what is used to what it costs a month: ours, line by line, beside the providers'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.cost.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.cost.prices import Prices
    from infra.cost.standing import Standing
    from infra.cost.usage import Counts

HOURS: Final = 730
DAYS: Final = 30.4
SECONDS: Final = HOURS * 3600
LONG_POLL_S: Final = 20
LAMBDA_POLLERS: Final = 5
"""With so many long polls at a time AWS listens to a quiet queue for a function."""

SECRET_READS_AN_HOUR: Final = 12 * 4
"""Three functions that stay warm and the connector, each looking every five minutes."""

IMAGES_GB: Final = 0.5
BYTES_KEPT_A_MESSAGE: Final = 1_500
IDLE_GOAL_USD: Final = 40.0
SHARE_GOAL: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What goes on in a month. ``messages``: of a person, in one conversation."""

    conversations_a_day: float
    messages: float
    call_minutes: float
    market: str

    @property
    def conversations(self) -> float:
        """In a month."""
        return self.conversations_a_day * DAYS

    @property
    def exchanges(self) -> float:
        """In a month: each a message, and an answer."""
        return self.conversations * self.messages


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill."""

    name: str
    amount: float
    unit: str
    usd: float


@dataclass(frozen=True, slots=True)
class Bill:
    """The month."""

    idle: tuple[Line, ...]
    busy: tuple[Line, ...]
    providers: tuple[Line, ...]

    @property
    def idle_usd(self) -> float:
        """What it costs to be there."""
        return total(self.idle)

    @property
    def ours_usd(self) -> float:
        """All that AWS wants."""
        return self.idle_usd + total(self.busy)

    @property
    def providers_usd(self) -> float:
        """What ElevenLabs, Twilio and Meta want."""
        return total(self.providers)

    @property
    def share(self) -> float | None:
        """Ours against theirs."""
        return self.ours_usd / self.providers_usd if self.providers_usd else None


def bill(counts: Counts, standing: Standing, prices: Prices, work: Workload) -> Bill:
    """The month's bill."""
    busy = counts.conversation.times(work.conversations) + counts.exchange.times(work.exchanges)
    kept = work.exchanges * 2 * BYTES_KEPT_A_MESSAGE / 1e9
    busy += Usage({"dynamodb_gb_month": kept})
    return Bill(
        idle=tuple(_idle(counts, standing, prices)),
        busy=tuple(_lines(busy, prices, "")),
        providers=tuple(_providers(prices, work)),
    )


def total(lines: Sequence[Line]) -> float:
    """What they come to."""
    return sum(line.usd for line in lines)


def _idle(counts: Counts, there: Standing, prices: Prices) -> list[Line]:
    polls = SECONDS / LONG_POLL_S
    ticks = HOURS * 60
    # Long polls of the run are not taken: they were as long as the run, and no longer.
    connector = {n: a for n, a in counts.connector_second.amounts.items() if "sqs" not in n}
    groups: dict[str, Usage] = {
        "connector: Fargate": Usage(
            {
                "fargate_vcpu_hour": there.vcpus * HOURS,
                "fargate_gb_hour": there.memory_gb * HOURS,
            }
        ),
        "connector: public address": Usage({"public_ipv4_hour": HOURS}),
        "connector: its image": Usage({"ecr_gb_month": IMAGES_GB}),
        "connector: leases, logs": Usage(connector).times(SECONDS),
        "empty receives: shards": Usage({"sqs_standard": polls * there.shards}),
        "empty receives: outbox": Usage({"sqs_fifo": polls * LAMBDA_POLLERS}),
        "schedules": counts.tick.times(ticks) + Usage({"schedule": ticks * there.schedules}),
        "alarms": Usage({"alarm_metric": there.alarm_metrics}),
        "custom metrics": Usage({"custom_metric": there.custom_metrics}),
        "dashboard": Usage({"dashboard": there.dashboards}),
        "secrets": Usage(
            {"secret_month": there.secrets, "secret_read": SECRET_READS_AN_HOUR * HOURS}
        ),
    }
    return [line for name, usage in groups.items() for line in _lines(usage, prices, name)]


def _lines(usage: Usage, prices: Prices, name: str) -> list[Line]:
    return [
        Line(name or each, amount, prices.listed[each].unit, prices.listed[each].of(amount))
        for each, amount in usage.amounts.items()
        if amount
    ]


def _providers(prices: Prices, work: Workload) -> list[Line]:
    market = prices.markets[work.market]
    openers, answers = work.conversations, work.exchanges
    listed = prices.listed
    minutes, messages = work.conversations * work.call_minutes, openers + 2 * work.exchanges
    return [
        Line(
            "ElevenLabs: calls", minutes, "minutes", listed["elevenlabs_voice_minute"].of(minutes)
        ),
        Line("ElevenLabs: text", answers, "messages", listed["elevenlabs_text"].of(answers)),
        Line("Twilio", messages, "messages", listed["twilio_whatsapp"].of(messages)),
        Line("Meta: openers", openers, "utility templates", openers * market.utility),
        Line("Meta: answers", answers, "service messages", answers * market.service),
    ]
