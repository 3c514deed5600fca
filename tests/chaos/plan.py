"""What a run consists of, and when what strikes: all drawn from the seed before it begins."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from random import Random

from tests.chaos.facts import token_of

NUMBERS_FROM = 57_300_100_0000


@dataclass(frozen=True, slots=True)
class AwsFaults:
    """Chances a call, and how long an index may lag."""

    throttle: float = 0.0
    lost_ack: float = 0.0
    conflict: float = 0.0
    bell_twice: float = 0.0
    bell_late: float = 0.0
    bell_lost: float = 0.0
    index_lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SocketFaults:
    """Chances a connection to the agent."""

    reset: float = 0.0
    cut: float = 0.0
    black_hole: float = 0.0
    delay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. Chances are a message, a call or a connection; times in seconds."""

    seed: int = 1
    conversations: int = 30
    messages: int = 3
    rate: float = 6.0
    connectors: int = 3
    kills: int = 0
    pauses: int = 0
    pause_s: tuple[float, float] = (5.0, 40.0)
    """The shortest and the longest."""
    rolling: int = 0
    gateway_kills: int = 0
    down_s: float = 0.0
    called: int = 0
    opt_outs: int = 0
    repeats: float = 0.0
    hides: float = 0.0
    """The chance that a message after a person's first is written with the number hidden."""
    overlap: bool = False
    settle_s: float = 300.0
    """How long what is owed is waited for. A message whose webhook failed is fetched after two
    minutes, a send without an answer is looked for after one: both may strike the same person."""
    linger_s: float = 5.0
    aws: AwsFaults = AwsFaults()
    sockets: SocketFaults = SocketFaults()
    twilio: tuple[dict, ...] = ()
    agent: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    mutant: str = ""
    traced: bool = True
    """Whether calls in sequence are counted before the run: 20 s that a mutant need not take."""

    @property
    def doubtful_s(self) -> float:
        """After the last writing: until each send without an answer was looked for."""
        kinds = {fault["kind"] for fault in self.twilio}
        return 75.0 if kinds & {"accept_then_timeout", "error_after", "reset_after"} else 0.0

    @property
    def writing_s(self) -> float:
        return max(5.0, self.conversations * max(1, self.messages) / self.rate)


class Act(StrEnum):
    KILL = "kill"
    PAUSE = "pause"
    ROLL = "roll"
    KILL_GATEWAY = "kill_gateway"
    ALL_DOWN = "all_down"


@dataclass(frozen=True, slots=True)
class Strike:
    """At this time of the run, this happens to the connector of this number."""

    at_s: float
    act: Act
    victim: int = 0
    lasts_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Saying:
    """At this time of the run a person writes this."""

    at_s: float
    person: int
    body: str
    hidden: bool = False
    """Written with the number hidden: Twilio tells the user id alone."""


_SAID = (
    "hola, tengo una duda {}",
    "necesito una respuesta {}",
    "otra cosa {}",
    "y esto también {}",
    "quiero saber algo más {}",
)


def number_of(person: int) -> str:
    return f"+{NUMBERS_FROM + person}"


def person_at(number: str) -> int:
    return int(number.removeprefix("whatsapp:").removeprefix("+")) - NUMBERS_FROM


def sayings(plan: Plan) -> list[Saying]:
    """Each person's messages: apart from each other, in a burst, or anything between."""
    chance, masks = Random(f"people {plan.seed}"), Random(f"masks {plan.seed}")
    found = []
    for person in range(plan.conversations):
        # Whoever was called waits for the opener; whoever leaves does it last.
        begin = plan.writing_s / 2 if person < plan.called else 0.0
        times = sorted(chance.uniform(begin, plan.writing_s) for _ in range(plan.messages))
        if chance.random() < 0.2 and len(times) > 1:
            times[1] = times[0] + chance.uniform(0.05, 1.5)
        for n, at_s in enumerate(sorted(times)):
            text = chance.choice(_SAID).format(token_of(person, n))
            hidden = n > 0 and masks.random() < plan.hides
            found.append(Saying(at_s, person, text, hidden))
        if person >= plan.conversations - plan.opt_outs:
            hidden = masks.random() < plan.hides
            found.append(Saying(max(times) + chance.uniform(0.05, 3), person, "BAJA", hidden))
    return sorted(found, key=lambda saying: saying.at_s)


def strikes(plan: Plan) -> list[Strike]:
    """The nemesis' schedule, spread over the time in which people write."""
    chance = Random(f"nemesis {plan.seed}")
    span, found = plan.writing_s, []
    for act, times in ((Act.KILL, plan.kills), (Act.PAUSE, plan.pauses), (Act.ROLL, plan.rolling)):
        for n in range(times):
            # One in each part of the time, anywhere in it.
            at_s = span * (n + chance.uniform(0.15, 0.95)) / times
            victim, lasts = chance.randrange(plan.connectors), chance.uniform(*plan.pause_s)
            found.append(Strike(at_s, act, victim, lasts if act is Act.PAUSE else 0.0))
    # Early where people write: what a webhook lost comes back after the reconciler's two minutes.
    early = span * 0.35 if plan.messages else span
    found += [
        Strike(early * (n + chance.uniform(0.15, 0.95)) / plan.gateway_kills, Act.KILL_GATEWAY)
        for n in range(plan.gateway_kills)
    ]
    if plan.down_s:
        found.append(Strike(span * 0.3, Act.ALL_DOWN, 0, plan.down_s))
    return sorted(found, key=lambda strike: strike.at_s)


def with_words(plan: Plan, words: dict[str, str]) -> Plan:
    """The plan changed by what was typed: ``conversations=300 aws.throttle=0.01``."""
    for name, text in words.items():
        head, _, tail = name.partition(".")
        if tail:
            part = getattr(plan, head)
            plan = replace(plan, **{head: replace(part, **{tail: float(text)})})
        else:
            plan = replace(plan, **{head: _typed(head, text)})
    return plan


def _typed(name: str, text: str) -> object:
    kinds = {f.name: type(f.default) for f in fields(Plan)}
    if name not in kinds or kinds[name] not in {int, float, bool, str}:
        raise ValueError(f"{name} cannot be set so")
    return text == "yes" if kinds[name] is bool else kinds[name](text)


def shown(plan: Plan) -> dict[str, object]:
    return asdict(plan)
