"""The turn that is open: from the record that it is asked to its last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue import words
from connector.dialogue.floods import Floods
from connector.dialogue.sayings import Sayings
from connector.dialogue.sittings import Sittings
from connector.dialogue.unaskable import hung_up_on, instead_of
from connector.session import words as talk
from conversation.turns import Counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from conversation.floods import FloodLimits
    from conversation.identifiers import AgentId, ContactId, MessageKey, SessionId
    from conversation.sitting import SittingLimits
    from conversation.state import Gist
    from conversation.turns import Turn


class Asking:
    """One turn at a time (law 3). What was said to earlier ones is still known: it may go on."""

    __slots__ = ("_floods", "_sayings", "_sittings", "_storing", "turn")

    def __init__(self, contact_id: ContactId, limits: SittingLimits, floods: FloodLimits) -> None:
        self._sayings = Sayings(contact_id)
        self._sittings = Sittings(limits)
        self._floods = Floods(floods)
        self._storing = False
        self.turn: Turn | None = None

    def instead_of(
        self, turn: Turn, state: Gist, agent: AgentId | None, utc: datetime
    ) -> words.SetAside | words.StoreGivenUp | None:
        """What to do instead of asking ``turn``; ``None``: ask it."""
        instead = instead_of(turn, state, agent, utc)
        instead = instead or self._sittings.instead_of(turn, state, utc)
        return instead or self._floods.instead_of(turn, state, utc)

    def held_s(self, turn: Turn, state: Gist, utc: datetime) -> float:
        """For how long ``turn`` is not asked yet, for there were many lately."""
        return self._floods.held_s(turn, state, utc)

    def begin(self, turn: Turn, session: SessionId, state: Gist, utc: datetime) -> words.StoreAsk:
        """Nothing is asked before the table has it (law 2)."""
        self.turn, self._storing = turn, True
        counted = Counted(
            contact_id=state.contact_id,
            context_version=state.context_version,
            sitting=self._sittings.asking(turn, state, utc),
            asked_lately=self._floods.asking(turn, state, utc),
        )
        return words.StoreAsk(turn, session, counted)

    def stored(self, turn: Turn, now_s: float) -> words.ShowTyping:
        """The table has it, and it is said now."""
        self._storing = False
        self._sittings.asked()
        self._floods.asked()
        self._sayings.begin(turn, now_s)
        return words.ShowTyping(turn.key)

    def is_older_than(self, key: MessageKey | None) -> bool:
        """Whether the agent has it, and the message of this key is not part of it."""
        if self.turn is None or self._storing or key is None:
            return False
        return key > self.turn.key

    def say(self, said: talk.Say, session: SessionId, now_s: float) -> Iterator[words.StoreAnswer]:
        """The agent said something to this turn, or to an earlier one."""
        return map(words.StoreAnswer, self._sayings.say(said, session, now_s))

    def slow(self, slow: talk.AnswerSlow) -> Iterator[words.StoreNotice]:
        """It says nothing for long."""
        return self._sayings.slow(slow.turn)

    def ended(
        self, session: SessionId, *, answered: bool
    ) -> Iterator[words.StoreAnswer | words.SetAside]:
        """The agent is done with it: what was interim is its answer, and it is not asked again."""
        if self.turn and answered:
            yield from map(words.StoreAnswer, self._sayings.conclude(self.turn, session))
        elif self.turn:
            yield hung_up_on(self.turn)

    def unanswered(self, why: talk.Unanswered) -> Iterator[words.StoreGivenUp]:
        """It is asked again in a fresh session; of an agent that had nothing to say, once."""
        if self.turn and self.turn.attempts and why is talk.Unanswered.EMPTY:
            yield words.StoreGivenUp(self.turn)

    def over(self) -> Turn | None:
        """No turn is open any more. The one that was."""
        turn, self.turn, self._storing = self.turn, None, False
        return turn
