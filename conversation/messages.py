"""Messages: what they are, the states they pass through, and how their keys are made.

The transition tables are the law: an adapter writes a state only where the table allows it, and
``docs/architecture.md`` is drawn from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.identifiers import ContactId, MessageKey, MessageSid, SessionId, TurnKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Direction(StrEnum):
    """Seen from us, as in the original: a person writes inbound, we write outbound."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Kind(StrEnum):
    """What a message is. The first group comes from people, the second from us."""

    MESSAGE = "message"
    BUTTON = "button"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    MEDIA = "media"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"

    OPENER = "opener"
    REPLY = "reply"
    NOTICE = "notice"
    OPERATOR = "operator"


class InboundState(StrEnum):
    """How far we are with what a person wrote."""

    NEW = "NEW"
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


class OutboundState(StrEnum):
    """How far we are with what we send."""

    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNSURE = "UNSURE"


INBOUND_TRANSITIONS: Final[Mapping[InboundState, frozenset[InboundState]]] = {
    # ANSWERED straight from NEW: what the agent is never asked (a picture, BAJA).
    InboundState.NEW: frozenset(
        {InboundState.ASKED, InboundState.ANSWERED, InboundState.EXPIRED, InboundState.FAILED}
    ),
    # ASKED again: a re-ask of exactly the same turn.
    InboundState.ASKED: frozenset(
        {InboundState.ASKED, InboundState.ANSWERED, InboundState.EXPIRED, InboundState.FAILED}
    ),
    # More of the same answer may still come.
    InboundState.ANSWERED: frozenset({InboundState.ANSWERED}),
    # An operator may ask again.
    InboundState.EXPIRED: frozenset({InboundState.NEW}),
    InboundState.FAILED: frozenset({InboundState.NEW}),
}

OUTBOUND_TRANSITIONS: Final[Mapping[OutboundState, frozenset[OutboundState]]] = {
    # SENT and beyond straight from PENDING: it was given up as lost and is about to be sent anew,
    # when a callback, or a sender that slept, proves that Twilio has it all the same.
    OutboundState.PENDING: frozenset(
        {
            OutboundState.CLAIMED,
            OutboundState.SKIPPED,
            OutboundState.SENT,
            OutboundState.DELIVERED,
            OutboundState.READ,
            OutboundState.FAILED,
        }
    ),
    # Back to PENDING only where Twilio surely took nothing. A callback may outrun our own record
    # of the sid, so each later state can follow directly.
    OutboundState.CLAIMED: frozenset(
        {
            OutboundState.PENDING,
            OutboundState.SENT,
            OutboundState.DELIVERED,
            OutboundState.READ,
            OutboundState.FAILED,
            OutboundState.UNSURE,
        }
    ),
    OutboundState.SENT: frozenset(
        {OutboundState.DELIVERED, OutboundState.READ, OutboundState.FAILED}
    ),
    OutboundState.DELIVERED: frozenset({OutboundState.READ}),
    OutboundState.READ: frozenset(),
    # A dead letter may be replayed; a callback may prove us wrong.
    OutboundState.FAILED: frozenset({OutboundState.PENDING}),
    OutboundState.SKIPPED: frozenset({OutboundState.PENDING}),
    OutboundState.UNSURE: frozenset(
        {
            OutboundState.PENDING,
            OutboundState.SENT,
            OutboundState.DELIVERED,
            OutboundState.READ,
            OutboundState.FAILED,
        }
    ),
}

UNFINISHED_INBOUND: Final = frozenset({InboundState.NEW, InboundState.ASKED})
UNFINISHED_OUTBOUND: Final = frozenset({OutboundState.PENDING, OutboundState.CLAIMED})


def sources_of(state: OutboundState) -> frozenset[OutboundState]:
    """The states from which ``state`` may be reached: what a conditional write must find."""
    return frozenset(now for now, then in OUTBOUND_TRANSITIONS.items() if state in then)


class Notice(StrEnum):
    """The sentences that are ours and not the agent's."""

    WAITING = "waiting"
    TROUBLE = "trouble"
    GAVE_UP = "gave_up"
    MEDIA = "media"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    NO_AGENT = "no_agent"
    FAREWELL = "farewell"
    FLOOD = "flood"


# At most one notice of a kind for a message, over all attempts and owners: its key says so.
# WAITING and TROUBLE share one: who has read the one needs not the other.
_NOTICE_ORDINALS: Final[Mapping[Notice, str]] = {
    Notice.WAITING: "000",
    Notice.TROUBLE: "000",
    Notice.MEDIA: "000",
    Notice.OPT_OUT: "000",
    Notice.OPT_IN: "000",
    Notice.NO_AGENT: "000",
    Notice.GAVE_UP: "999",
    Notice.FAREWELL: "999",
    Notice.FLOOD: "999",
}

MAX_TURN_MESSAGES: Final = 40
"""Messages in one turn: with the state and the parts they fill one DynamoDB transaction (100)."""

MAX_TURN_PARTS: Final = 20
"""Parts one committed text may be split into."""


def part_key(turn: TurnKey, ordinal: int) -> MessageKey:
    """The key of the ``ordinal``-th item (from 1) that answers ``turn``."""
    if not 1 <= ordinal <= 998:  # noqa: PLR2004 - 000 and 999 belong to notices
        raise ValueError(f"an answer's ordinal lies between 1 and 998, not {ordinal}")
    return MessageKey(f"{turn}~{ordinal:03}")


def notice_key(message: MessageKey | TurnKey, notice: Notice) -> MessageKey:
    """The one key that ``notice`` can have for ``message``."""
    return MessageKey(f"{message}~{_NOTICE_ORDINALS[notice]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One item of ``conversation_messages``. Times are aware and in UTC.

    ``conversation_id`` is, as in the original, the conversation the message belongs to: the
    contact's id. ElevenLabs' own id of the session is ``session``.
    """

    contact_id: ContactId
    message_key: MessageKey
    conversation_id: str
    direction: Direction
    kind: Kind
    content: str
    state: InboundState | OutboundState
    sent_at: datetime
    reason: str | None = None
    twilio_message_id: MessageSid | None = None
    turn: TurnKey | None = None
    session: SessionId | None = None
    attempts: int = 0
    claim: str | None = None
    claimed_at: datetime | None = None
    sent_to: str | None = None
    """The address it was claimed for: its person may write from another before its end is known."""
    delivered_at: datetime | None = None
    latency_ms: int | None = None
    content_sid: str | None = None
    content_variables: str | None = None
    media_url: str | None = None
    event_id: str | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something remains to be done with it."""
        return self.state in UNFINISHED_INBOUND or self.state in UNFINISHED_OUTBOUND
