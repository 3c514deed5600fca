"""Dead letters: what Hilo gave up, why, and what an operator can do about it.

There are two kinds. A *letter* is a queue message that nobody could heed, in the queue of dead
letters. A *buried* message is an item of the table that failed for good. Both are named by ids
alone; neither shows a text or a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.doorbells import Doorbell, read_doorbell
from conversation.errors import Refused
from conversation.messages import Direction, InboundState, OutboundState

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.state import ConversationState

UNREADABLE_ITEM: Final = "unreadable_item"
BAD_DOORBELL: Final = "bad_doorbell"
FLOOD: Final = "flood"
NEVER_HEEDED: Final = "never_heeded"
"""The queue itself gave it up: it was received as often as the queue allows."""


class Box(StrEnum):
    """Whose doorbells a queue of dead letters holds."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in a queue of dead letters. ``receipt`` is what it is deleted by."""

    box: Box
    id: str
    receipt: str
    body: str
    reason: str
    sent_at: datetime

    @property
    def bell(self) -> Doorbell | None:
        """The doorbell that it is; ``None`` where it is none."""
        try:
            return read_doorbell(self.body)
        except Refused:
            return None

    @property
    def name(self) -> str:
        """What an operator calls it by."""
        return f"{self.box}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A message that failed for good, without its text."""

    contact_id: ContactId
    key: MessageKey
    direction: Direction
    kind: str
    state: InboundState | OutboundState
    reason: str
    attempts: int
    since: datetime
    turn: str | None = None
    templated: bool = False

    @property
    def name(self) -> str:
        """What an operator calls it by."""
        return f"{self.contact_id}:{self.key}"

    @property
    def goes_with(self) -> tuple[ContactId, str] | None:
        """The turn that a replay asks again as a whole; ``None``: it goes by itself."""
        if self.direction is Direction.OUTBOUND or self.turn is None:
            return None
        return self.contact_id, self.turn


class Outcome(StrEnum):
    """What became of a replay or a drop."""

    REPLAYED = "replayed"
    DROPPED = "dropped"
    CHANGED = "changed"
    """It stands otherwise by now: list again."""
    NO_DOORBELL = "no_doorbell"
    """It cannot be rung with; drop it."""
    OPTED_OUT = "opted_out"
    WINDOW_CLOSED = "window_closed"
    """WhatsApp takes no free text now: it can be replayed once the person has written again."""
    UNKNOWN = "unknown"
    """There is no such dead letter."""

    @property
    def done(self) -> bool:
        """Whether it is what was asked for."""
        return self in {Outcome.REPLAYED, Outcome.DROPPED}


def is_buried(state: InboundState | OutboundState, reason: str | None) -> bool:
    """Whether a message in this state waits for an operator: nobody else will see to it."""
    if state is InboundState.EXPIRED:
        return reason != "opted_out"
    return state in {InboundState.FAILED, OutboundState.FAILED, OutboundState.UNSURE}


def hindrance(buried: Buried, state: ConversationState, now: datetime) -> Outcome | None:
    """Why it would be in vain to replay ``buried`` now; ``None``: it would go."""
    if state.opted_out:
        return Outcome.OPTED_OUT
    free_text = buried.direction is Direction.INBOUND or not buried.templated
    if free_text and not state.window_open(now):
        return Outcome.WINDOW_CLOSED
    return None


def queue_url_of(queue_url: str) -> str:
    """The queue of dead letters behind a queue of doorbells, as ``infra/aws/state.yaml`` names it.

    ``hilo-inbox-2`` → ``hilo-inbox-dead-letters``, ``hilo-outbox.fifo`` →
    ``hilo-outbox-dead-letters.fifo``.
    """
    stem, fifo, _ = queue_url.partition(".fifo") if queue_url.endswith(".fifo") else (
        queue_url.rpartition("-")[0], "", "")  # fmt: skip
    return f"{stem}-dead-letters{fifo}"
