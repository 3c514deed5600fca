"""What becomes of an accepted message: decided purely, from the message and the person's phone."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.local.twilio.config import Config
from infra.local.twilio.records import Message, Person, Status
from infra.local.twilio.refusals import Code
from infra.local.twilio.templates import TEMPLATE_LIMIT


@dataclass(frozen=True, slots=True)
class Step:
    """A status, so long after the one before."""

    after_s: float
    status: Status
    error_code: int | None = None


Rule = Callable[[Message, Person, Config, float], bool]

# The first rule that holds is the channel's reason; the state is what the callback says.
REFUSED: tuple[tuple[Rule, Code, Status], ...] = (
    (lambda _m, p, _c, _now: not p.on_whatsapp, Code.NOT_ON_WHATSAPP, Status.UNDELIVERED),
    (
        lambda _m, p, c, now: c.sandbox and not p.has_joined(now),
        Code.NOT_JOINED,
        Status.FAILED,
    ),
    (lambda m, _p, _c, _now: m.unmatched, Code.VARIABLES_DIFFER, Status.FAILED),
    (
        lambda m, _p, _c, _now: bool(m.content_sid) and len(m.body) > TEMPLATE_LIMIT,
        Code.BAD_TEMPLATE_TEXT,
        Status.FAILED,
    ),
    (
        lambda m, p, _c, now: not m.approved and not p.window_is_open(now),
        Code.OUTSIDE_WINDOW,
        Status.FAILED,
    ),
    (lambda _m, p, _c, _now: p.blocked, Code.BLOCKED, Status.UNDELIVERED),
    (lambda m, _p, c, _now: c.sent_after_s > m.validity_s, Code.EXPIRED, Status.FAILED),
)


def journey(message: Message, person: Person, config: Config, now: float) -> tuple[Step, ...]:
    """The steps still ahead of a message; reading is not among them, it is the person's."""
    if message.status == Status.SENT:
        return (Step(config.delivered_after_s, Status.DELIVERED),)
    first = (Step(0.0, Status.QUEUED),) if message.status == Status.ACCEPTED else ()
    return first + _from_queue(message, person, config, now)


def _from_queue(message: Message, person: Person, config: Config, now: float) -> tuple[Step, ...]:
    sent = Step(config.sent_after_s, Status.SENT)
    match _refusal(message, person, config, now):
        case None:
            return sent, Step(config.delivered_after_s, Status.DELIVERED)
        case (code, Status.UNDELIVERED):
            return sent, Step(config.delivered_after_s, Status.UNDELIVERED, code)
        case (code, status):
            return (Step(config.sent_after_s, status, code),)


def _refusal(
    message: Message, person: Person, config: Config, now: float
) -> tuple[int, Status] | None:
    if person.fails_with is not None:
        return person.fails_with, Status.UNDELIVERED
    found = ((c, status) for rule, c, status in REFUSED if rule(message, person, config, now))
    return next(found, None)
