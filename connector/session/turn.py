"""The open turn: what it is waiting for, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.session.policy import SessionPolicy
    from conversation.identifiers import TurnKey


class Turn:
    """One question that the agent owes an answer to, or may still be adding to."""

    __slots__ = (
        "_empty",
        "_last_at",
        "_policy",
        "_tool_last",
        "answered",
        "asked_at",
        "by_person",
        "key",
        "said_anything",
        "slow_told",
        "tools",
        "waiting",
    )

    def __init__(self, key: TurnKey, policy: SessionPolicy, now: float) -> None:
        self.key = key
        self.asked_at = now
        self.answered = False
        self.said_anything = False
        self.slow_told = False
        self.waiting = False
        self.by_person = False
        """Who answers is no agent: it may take minutes."""
        self.tools: set[str] = set()
        self._policy = policy
        self._last_at = now
        self._tool_last = False
        self._empty = False

    def touch(self, now: float) -> None:
        """The agent showed that it is at work on this turn."""
        self._last_at = now

    def heard(self, now: float, *, interim: bool) -> None:
        """A text was given to the person."""
        self.touch(now)
        self.said_anything = True
        self.answered = self.answered or not interim
        self._tool_last = False
        self._empty = False

    def emptied(self, now: float) -> None:
        """A stream ended without a word, or the agent is done and has said nothing."""
        self.touch(now)
        self._empty = True

    def tool_began(self, tool_call_id: str, now: float) -> None:
        """The agent waits for a tool."""
        self.tools.add(tool_call_id)
        self._tool_moved(now)

    def tool_ended(self, tool_call_id: str, now: float) -> None:
        """The agent has the tool's result, and speaks next."""
        self.tools.discard(tool_call_id)
        self._tool_moved(now)

    def _tool_moved(self, now: float) -> None:
        self.touch(now)
        self._tool_last = True
        self._empty = False

    def slow_at(self) -> float | None:
        """When the waiting notice is due."""
        if self.said_anything or self.slow_told:
            return None
        return self.asked_at + self._policy.answer_slow_s

    def hard_at(self) -> float:
        """When the turn is over, come what may."""
        policy = self._policy
        if self.by_person:
            return self.asked_at + policy.person_deadline_s
        limit = policy.hard_deadline_waiting_s if self.waiting else policy.hard_deadline_s
        return self.asked_at + limit

    def empty_at(self) -> float | None:
        """When an agent that was done without a word is taken to have said nothing."""
        if not self._empty or self.said_anything or self.tools:
            return None
        return self._last_at + self._policy.empty_s

    def quiet_at(self) -> float | None:
        """When an answered turn is taken to be complete."""
        if not self.answered or self.tools:
            return None
        policy = self._policy
        return self._last_at + (policy.quiet_after_tool_s if self._tool_last else policy.quiet_s)
