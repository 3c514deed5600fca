"""What waits to be sent: whether it may go out now, and what became of it where nobody knows.

Twilio has no idempotency key. A message is claimed before it is sent; one whose sender got no
answer is looked for at Twilio before it is sent anew (docs/reliability.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ulid import ULID

from conversation.errors import Permanent
from conversation.identifiers import made_at
from conversation.messages import Direction, Kind, Message, Notice, OutboundState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from conversation.identifiers import MessageSid
    from conversation.state import ConversationState

CLAIM_FRESH_S: Final = 10.0
"""A claim older than this is not sent on: whoever slept must not wake up and send."""

EARLY_LOOK_S: Final = 20.0
"""A lost message is looked for so early, too. What Twilio lists it has taken, whatever comes yet;
what it does not list may still come, so that this look alone never has a message sent anew."""

EARLY_FOR_S: Final = 10.0
"""For how long a look is an early one. Doorbells come back as often as that: one of them looks."""

LOOK_AGAIN_S: Final = 5.0
"""Twilio's list lags: what is not in it is looked for once more after this."""

MAX_RESENDS: Final = 3
"""A message that gets no answer each time is sent anew this often; then a person decides."""

MOST_LISTED: Final = 100_000
"""So many of Twilio's messages are read at a time, the newest: more is told to be incomplete."""

HELD_AT_MOST: Final = timedelta(hours=24)
"""A message that waits for the account to be mended fails after this, and can be replayed."""

CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""Twilio's clock is not ours, and its times have whole seconds."""


class Rejected(Permanent):
    """Twilio took nothing, and said why: ``code`` is its own, if it gave one."""

    def __init__(self, message: str, *, reason: str, code: int | None) -> None:
        super().__init__(message, reason=reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One POST: a text, or a template with its variables."""

    to: str
    body: str
    content_sid: str | None
    content_variables: str | None
    status_callback: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message as Twilio lists it. ``created_at`` has whole seconds."""

    sid: MessageSid
    inbound: bool
    from_: str
    to: str
    body: str
    status: str
    error_code: int | None
    media: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """A contact as the sender sees it: the conversation, and the newest messages of it."""

    state: ConversationState
    messages: tuple[Message, ...]

    @property
    def unfinished(self) -> list[Message]:
        """What is to be sent, or may have been: the earliest first."""
        ours = (m for m in self.messages if m.direction is Direction.OUTBOUND and m.unfinished)
        return sorted(ours, key=lambda m: m.message_key)

    @property
    def known_sids(self) -> frozenset[MessageSid]:
        """The sids that belong to messages of ours already."""
        return frozenset(m.twilio_message_id for m in self.messages if m.twilio_message_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must hold of the conversation for a message to go out."""

    consent: bool
    """The person has not opted out."""
    no_pause: bool
    open_window: bool


def needs_of(message: Message, *, sandbox: bool) -> Needs:
    """What ``message`` needs. The claim's conditions and ``judge`` both follow it.

    The confirmation of an opt-out goes out in spite of it and of a pause; what an operator writes
    in spite of a pause. Outside the window go templates, and an opener from Twilio's sandbox.
    """
    confirmation = message.kind is Kind.NOTICE and message.reason == Notice.OPT_OUT
    free_opener = sandbox and message.kind is Kind.OPENER
    return Needs(
        consent=not confirmation,
        no_pause=not confirmation and message.kind is not Kind.OPERATOR,
        open_window=message.content_sid is None and not free_opener,
    )


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class Skip:
    """It is never to be sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: it stays, and the sweeper rings for it again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Shut:
    """Its window is closed: at most a template can go instead."""


Verdict = Go | Skip | Hold | Shut

_RULES: Final[tuple[tuple[Callable[[Needs, ConversationState, datetime], bool], Verdict], ...]] = (
    (lambda needs, state, _: needs.consent and state.opted_out, Skip("opted_out")),
    (lambda needs, state, now: needs.no_pause and state.paused(now), Hold("paused")),
    (lambda needs, state, now: needs.open_window and not state.window_open(now), Shut()),
)
"""Asked in this order; the first that applies keeps the message back."""


def judge(needs: Needs, state: ConversationState, now: datetime) -> Verdict:
    """Whether a message with these needs may go out now."""
    applying = (verdict for applies, verdict in _RULES if applies(needs, state, now))
    return next(applying, Go())


def claim_made(now: datetime) -> str:
    """A fresh claim. It carries its time, which tells when a lost message was last looked for."""
    return str(ULID.from_datetime(now))


def sought(message: Message) -> bool:
    """Whether a claimed message has been looked for once: who looks takes over the claim."""
    return _sought_at(message) is not None


def look_at(message: Message, after_s: float) -> datetime:
    """When a claimed ``message`` that nobody answers for is to be looked for.

    First ``after_s`` after it was claimed: nobody can still be sending it then.
    """
    again_from = _sought_at(message)
    if again_from is not None:
        return again_from + timedelta(seconds=LOOK_AGAIN_S)
    return _claimed_at(message) + timedelta(seconds=after_s)


def early_in_s(message: Message, now: datetime) -> float | None:
    """When the early look is due; not above 0: now. ``None``: its time is over."""
    age_s = (now - _claimed_at(message)).total_seconds()
    return EARLY_LOOK_S - age_s if age_s < EARLY_LOOK_S + EARLY_FOR_S else None


def listed_since(message: Message) -> datetime:
    """From when on Twilio's list can hold ``message``."""
    return _claimed_at(message) - CLOCKS_DIFFER


def find_in(message: Message, desk: Desk, listed: Iterable[Listed]) -> Listed | None:
    """The entry of Twilio's list that must be ``message``, if there is one.

    A text is known by itself. The list does not say which template a message was made of: so for
    one of those it is what belongs to no message of ours and says what none of them says.
    """
    since, known = listed_since(message), desk.known_sids
    open_entries = sorted(
        (e for e in listed if not e.inbound and e.sid not in known and e.created_at >= since),
        key=lambda e: e.created_at,
    )
    if message.content_sid is None:
        wanted = _folded(message.content)
        return next((e for e in open_entries if _folded(e.body) == wanted), None)
    others = {_folded(m.content) for m in desk.messages if m.content_sid is None}
    return next((e for e in open_entries if _folded(e.body) not in others), None)


def may_resend(message: Message) -> bool:
    """Whether ``message``, which was looked for in vain, is worth another try."""
    return message.attempts < MAX_RESENDS


def may_wait(message: Message, now: datetime) -> bool:
    """Whether ``message`` still waits for the account to be mended."""
    return now - message.sent_at < HELD_AT_MOST


def is_lost(message: Message) -> bool:
    """Whether it was claimed, and its end is not known."""
    return message.state is OutboundState.CLAIMED


def _claimed_at(message: Message) -> datetime:
    return message.claimed_at or message.sent_at


def _sought_at(message: Message) -> datetime | None:
    claimed = made_at(message.claim) if message.claim else None
    # A claim has whole milliseconds.
    if claimed is None or claimed <= _claimed_at(message) + timedelta(milliseconds=1):
        return None
    return claimed


def _folded(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
