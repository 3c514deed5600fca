"""The operator's desk: dead letters of both kinds, as the command line shows and treats them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from conversation.dead_letters import Buried, Letter, Outcome, hindrance
from functions.panel.advice import ENGLISH, Advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from conversation.identifiers import ContactId
    from conversation.replaying import Replaying
    from conversation.state import ConversationState


class Graves(Protocol):
    """The messages that failed for good. Raises ``Transient``."""

    def all(self) -> Iterator[Buried]:
        """Every one of them."""

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The conversation that one belongs to."""


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
    """``letters`` are those of the opened boxes; ``who`` is recorded."""

    letters: Sequence[Letter]
    graves: Graves
    replaying: Replaying
    who: str
    clock: Callable[[], datetime]
    advice: Advice = field(default_factory=Advice)
    _replayed: set[tuple[str, str]] = field(default_factory=set)

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
        return self._letter(each) if isinstance(each, Letter) else self._buried(each)

    def replay(self, each: Letter | Buried) -> Outcome:
        """Do it again, once for all of a turn."""
        turn = each.goes_with if isinstance(each, Buried) else None
        if turn in self._replayed:
            return Outcome.REPLAYED
        outcome = self.replaying.replay(each, self.who, self.clock())
        if turn is not None and outcome is Outcome.REPLAYED:
            self._replayed.add(turn)
        return outcome

    def drop(self, each: Letter | Buried) -> Outcome:
        """See it no more."""
        return self.replaying.drop(each, self.who, self.clock())

    def _buried(self, buried: Buried) -> Shown:
        state = self.graves.conversation(buried.contact_id)
        return Shown(
            id=buried.name,
            where=buried.direction,
            contact_id=buried.contact_id,
            message_key=buried.key,
            kind=buried.kind,
            state=buried.state,
            reason=buried.reason,
            since=buried.since.isoformat(timespec="seconds"),
            what_to_do=self.advice.about(buried.reason, ENGLISH),
            hindrance=hindrance(buried, state, self.clock()),
        )

    def _letter(self, letter: Letter) -> Shown:
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
            what_to_do=self.advice.about(letter.reason, ENGLISH),
            hindrance=None if bell else Outcome.NO_DOORBELL,
        )
