"""The turn that is open: from the record that it is asked to its last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue import words
from connector.dialogue.floods import asked_with, held_s, in_flood
from connector.dialogue.sayings import Sayings
from connector.dialogue.sittings import (
    SITTING_OVER,
    after_sitting,
    present_sitting,
    sitting_with,
)
from connector.dialogue.unaskable import hung_up_on, instead_of
from connector.session import words as talk
from conversation.turns import Counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connector.dialogue.policy import DialoguePolicy
    from conversation.identifiers import AgentId, ContactId, MessageKey, SessionId
    from conversation.sitting import Sitting
    from conversation.state import Gist
    from conversation.turns import Turn


class Asking:
    """One turn at a time (law 3). What was said to earlier ones is still known: it may go on."""

    __slots__ = ("_farewell", "_flood_told", "_policy", "_sayings", "counted", "turn")

    def __init__(self, contact_id: ContactId, policy: DialoguePolicy) -> None:
        self._policy = policy
        self._sayings = Sayings(contact_id)
        self._farewell: Sitting | None = None
        """The one to which goodbye was said."""
        self._flood_told = False
        self.turn: Turn | None = None
        self.counted: Counted | None = None
        """While the turn is being stored: what the table will have counted then."""

    def instead_of(
        self, turn: Turn, state: Gist, agent: AgentId | None, utc: datetime
    ) -> words.SetAside | words.StoreGivenUp | None:
        """What to do instead of asking ``turn``; ``None``: ask it."""
        instead = instead_of(turn, state, agent, utc)
        return instead or self._after_sitting(turn, state, utc) or self._in_flood(turn, state, utc)

    def _after_sitting(self, turn: Turn, state: Gist, utc: datetime) -> words.SetAside | None:
        sitting = present_sitting(state, utc)
        told = state.reason == SITTING_OVER or (sitting is not None and sitting == self._farewell)
        aside = after_sitting(turn, sitting, self._policy.sitting, utc, told=told)
        self._farewell = sitting if aside else self._farewell
        return aside

    def _in_flood(self, turn: Turn, state: Gist, utc: datetime) -> words.SetAside | None:
        aside = in_flood(turn, state, self._policy.floods, utc, told=self._flood_told)
        self._flood_told = self._flood_told or aside is not None
        return aside

    def held_s(self, turn: Turn, state: Gist, utc: datetime) -> float:
        """For how long ``turn`` is not asked yet, for there were many lately."""
        return held_s(turn, state, self._policy.floods, utc)

    def begin(self, turn: Turn, session: SessionId, state: Gist, utc: datetime) -> words.StoreAsk:
        """Nothing is asked before the table has it (law 2)."""
        self.turn = turn
        self.counted = Counted(
            contact_id=state.contact_id,
            context_version=state.context_version,
            sitting=sitting_with(turn, state, utc),
            asked_lately=asked_with(turn, state, self._policy.floods, utc),
        )
        return words.StoreAsk(turn, session, self.counted)

    def stored(self, turn: Turn, now_s: float) -> words.ShowTyping:
        """The table has it, and it is said now."""
        self.counted, self._flood_told = None, False
        self._sayings.begin(turn, now_s)
        return words.ShowTyping(turn.key)

    def is_older_than(self, key: MessageKey | None) -> bool:
        """Whether the agent has it, and the message of this key is not part of it."""
        if self.turn is None or self.counted is not None or key is None:
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
        turn, self.turn, self.counted = self.turn, None, None
        return turn
