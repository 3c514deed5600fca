"""The operator's desk: all dead letters of both kinds, and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from conversation.dead_letters import (
    UNREADABLE_ITEM,
    Buried,
    Letter,
    Outcome,
    advice,
    hindrance,
)
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import HiloError
from conversation.messages import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.state import ConversationState

_BELLS = {Direction.INBOUND: BellKind.INBOX, Direction.OUTBOUND: BellKind.OUTBOX}


class Graves(Protocol):
    """The messages that failed for good. Raises ``Transient``."""

    def all(self) -> Iterator[Buried]:
        """Every one of them."""

    def find(self, contact_id: ContactId, key: MessageKey) -> Buried | None:
        """One of them, as it is now."""

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The conversation that it belongs to."""

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
class Shown:
    """A dead letter as an operator sees it: ids, never a text or a number."""

    id: str
    where: str
    contact_id: str | None
    message_key: str | None
    kind: str
    state: str | None
    reason: str
    since: str
    what_to_do: str
    hindrance: str | None = None


@dataclass(slots=True, kw_only=True)
class DeadLetterDesk:
    """The use case. ``letters`` are those of the opened boxes; ``who`` is recorded."""

    boxes: Boxes
    letters: Sequence[Letter]
    graves: Graves
    bells: Bells
    audit: Audit
    who: str
    new_key: Callable[[], MessageKey]
    clock: Callable[[], datetime]
    _replayed: set[str] = field(default_factory=set)

    def listed(self, names: Sequence[str] = (), reason: str | None = None) -> list[Letter | Buried]:
        """Those of these names (none: all), given up for ``reason`` (none: any)."""
        found: list[Letter | Buried] = [*self.letters, *self.graves.all()]
        return [
            each
            for each in found
            if (not names or each.name in names) and (reason is None or each.reason == reason)
        ]

    def shown(self, each: Letter | Buried) -> Shown:
        """One of them, with what an operator does about it."""
        return _letter(each) if isinstance(each, Letter) else self._buried(each)

    def replay(self, each: Letter | Buried) -> Outcome:
        """Do it again: a doorbell is rung, a message sent or asked under its old key."""
        return self._recorded("replay", each, self._replayed_now)

    def drop(self, each: Letter | Buried) -> Outcome:
        """See it no more."""
        return self._recorded("drop", each, self._dropped_now)

    def _recorded(
        self, action: str, each: Letter | Buried, do: Callable[[Letter | Buried], Outcome]
    ) -> Outcome:
        key = self.new_key()
        self.audit.begin(key, self.who, action, _target(each), self.clock())
        try:
            outcome = do(each)
        except HiloError as error:
            self.audit.end(key, error.reason, self.clock())
            raise
        self.audit.end(key, outcome.value, self.clock())
        return outcome

    def _replayed_now(self, each: Letter | Buried) -> Outcome:
        return self._ring(each) if isinstance(each, Letter) else self._replay(each)

    def _dropped_now(self, each: Letter | Buried) -> Outcome:
        if isinstance(each, Letter):
            self.boxes.drop(each)
            return Outcome.DROPPED
        return Outcome.DROPPED if self.graves.drop(each) else Outcome.CHANGED

    def _ring(self, letter: Letter) -> Outcome:
        bell = letter.bell
        if bell is None:
            return Outcome.NO_DOORBELL
        if letter.reason == UNREADABLE_ITEM:
            self.graves.unpark(bell.contact_id, bell.key, self.clock())
        self.bells.ring(bell)
        self.boxes.drop(letter)
        return Outcome.REPLAYED

    def _replay(self, buried: Buried) -> Outcome:
        if buried.name in self._replayed:  # it was one of a turn that went again already
            return Outcome.REPLAYED
        now = self.clock()
        why_not = hindrance(buried, self.graves.conversation(buried.contact_id), now)
        if why_not is not None:
            return why_not
        together = self.graves.turn_of(buried)
        if not self.graves.replay(together, now):
            return Outcome.CHANGED
        self._replayed |= {each.name for each in together}
        self.bells.ring(Doorbell(_BELLS[buried.direction], buried.contact_id, together[0].key))
        return Outcome.REPLAYED

    def _buried(self, buried: Buried) -> Shown:
        state = self.graves.conversation(buried.contact_id)
        why_not = hindrance(buried, state, self.clock())
        return Shown(
            id=buried.name,
            where=buried.direction,
            contact_id=buried.contact_id,
            message_key=buried.key,
            kind=buried.kind,
            state=buried.state,
            reason=buried.reason,
            since=buried.since.isoformat(timespec="seconds"),
            what_to_do=advice(buried.reason),
            hindrance=why_not,
        )


def _target(each: Letter | Buried) -> str:
    """Whose it is, so that it stands in that person's timeline; else its own name."""
    if isinstance(each, Buried):
        return each.contact_id
    return each.bell.contact_id if each.bell else each.name


def _letter(letter: Letter) -> Shown:
    bell = letter.bell
    return Shown(
        id=letter.name,
        where=f"{letter.box} queue",
        contact_id=bell.contact_id if bell else None,
        message_key=bell.key if bell else None,
        kind=bell.kind if bell else f"{len(letter.body)} characters",
        state=None,
        reason=letter.reason,
        since=letter.sent_at.isoformat(timespec="seconds"),
        what_to_do=advice(letter.reason),
        hindrance=None if bell else Outcome.NO_DOORBELL,
    )
