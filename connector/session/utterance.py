"""One utterance of the agent, from its first part to its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from conversation.documents import well_formed
from conversation.identifiers import TurnKey

if TYPE_CHECKING:
    from connector.protocol import EventId
    from connector.session.policy import SessionPolicy


class Nobody(Enum):
    """Owners of texts that answer no turn."""

    GREETING = "greeting"
    UNSOLICITED = "unsolicited"


Owner = TurnKey | Nobody


class Claim(NamedTuple):
    """Whom a new utterance belongs to, and whether it may be the greeting after all."""

    owner: Owner
    doubtful: bool = False


class Text(NamedTuple):
    """A finished utterance. Empty text: the agent ended it without a word."""

    owner: Owner
    text: str
    event_id: EventId | None


@dataclass(slots=True)
class Utterance:
    """One that has begun and was not given out yet, or whose last parts are still to come."""

    owner: Owner
    event_id: EventId | None
    response_id: str | None
    touched_at: float
    doubtful: bool = False
    parts: list[str] = field(default_factory=list)
    corrected: str | None = None
    stopped: bool = False
    given: bool = False

    def text(self) -> str:
        """What there is of it."""
        whole = "".join(self.parts) if self.corrected is None else self.corrected
        return well_formed(whole).strip()

    def due_at(self, policy: SessionPolicy) -> float | None:
        """When it is given out although nobody told that it is whole."""
        if self.given:
            return None
        if self.doubtful:
            return self.touched_at + policy.greeting_doubt_s
        return self.touched_at + (policy.quiet_s if self.stopped else policy.stalled_stream_s)
