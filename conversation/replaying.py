"""Replaying or dropping what was given up: recorded, then done.

For whoever sees to dead letters, at the command line and in the panel alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conversation.dead_letters import UNREADABLE_ITEM, Buried, Letter, Outcome, hindrance
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import HiloError
from conversation.messages import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.state import ConversationState

_BELLS = {Direction.INBOUND: BellKind.INBOX, Direction.OUTBOUND: BellKind.OUTBOX}


class Graves(Protocol):
    """The messages that failed for good. Raises ``Transient``."""

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The conversation that one belongs to."""

    def turn_of(self, buried: Buried) -> list[Buried]:
        """All that was asked with it and failed with it."""

    def replay(self, buried: Sequence[Buried], now: datetime) -> bool:
        """Let them be sent, or asked, again."""

    def drop(self, buried: Buried) -> bool:
        """Take it out of the list."""

    def unpark(self, contact_id: ContactId, key: MessageKey, now: datetime) -> bool:
        """Let an item that could not be read be read anew."""


class Boxes(Protocol):
    """The opened queues of dead letters."""

    def drop(self, letter: Letter) -> None:
        """Take it out for good; raises ``Transient``."""


class Audit(Protocol):
    """The record of who did what. Raises ``Transient``."""

    def begin(self, key: MessageKey, who: str, action: str, target: str, now: datetime) -> None:
        """Record it before it is done."""

    def end(self, key: MessageKey, outcome: str, now: datetime) -> None:
        """Record what became of it."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """The use case. A ``Letter`` must lie in a box that is open."""

    boxes: Boxes
    graves: Graves
    bells: Bells
    audit: Audit
    new_key: Callable[[], MessageKey]

    def replay(self, each: Letter | Buried, who: str, now: datetime) -> Outcome:
        """Do it again: a doorbell is rung, a message sent or asked under its old key.

        A message goes again with all of its turn. Raises ``Transient``: what could not be recorded
        is not done; what could not be rung is rung by the sweeper.
        """
        return self._recorded("replay", each, who, now, self._replayed)

    def drop(self, each: Letter | Buried, who: str, now: datetime) -> Outcome:
        """See it no more. A message stays as it is, with its reason. Raises ``Transient``."""
        return self._recorded("drop", each, who, now, self._dropped)

    def _recorded(
        self,
        action: str,
        each: Letter | Buried,
        who: str,
        now: datetime,
        do: Callable[[Letter | Buried, datetime], Outcome],
    ) -> Outcome:
        key = self.new_key()
        self.audit.begin(key, who, action, _target(each), now)
        try:
            outcome = do(each, now)
        except HiloError as error:
            self.audit.end(key, error.reason, now)
            raise
        self.audit.end(key, outcome.value, now)
        return outcome

    def _replayed(self, each: Letter | Buried, now: datetime) -> Outcome:
        return self._ring(each, now) if isinstance(each, Letter) else self._again(each, now)

    def _dropped(self, each: Letter | Buried, _now: datetime) -> Outcome:
        if isinstance(each, Letter):
            self.boxes.drop(each)
            return Outcome.DROPPED
        return Outcome.DROPPED if self.graves.drop(each) else Outcome.CHANGED

    def _ring(self, letter: Letter, now: datetime) -> Outcome:
        bell = letter.bell
        if bell is None:
            return Outcome.NO_DOORBELL
        if letter.reason == UNREADABLE_ITEM:
            self.graves.unpark(bell.contact_id, bell.key, now)
        self.bells.ring(bell)
        self.boxes.drop(letter)
        return Outcome.REPLAYED

    def _again(self, buried: Buried, now: datetime) -> Outcome:
        why_not = hindrance(buried, self.graves.conversation(buried.contact_id), now)
        if why_not is not None:
            return why_not
        together = self.graves.turn_of(buried)
        if not self.graves.replay(together, now):
            return Outcome.CHANGED
        kind = _BELLS[buried.direction]
        self.bells.ring(Doorbell(kind, buried.contact_id, together[0].key))
        return Outcome.REPLAYED


def _target(each: Letter | Buried) -> str:
    """Whose it is, so that it stands in that person's timeline; else its own name."""
    if isinstance(each, Buried):
        return each.contact_id
    return each.bell.contact_id if each.bell else each.name
