"""Who writes more than a person does: held for a moment, or not asked any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue.words import SetAside
from conversation.dead_letters import FLOOD
from conversation.messages import InboundState, Notice
from conversation.state import Status

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.floods import FloodLimits
    from conversation.state import Gist
    from conversation.turns import Turn


class Floods:
    """The table's count, and what was asked since the table was last read."""

    __slots__ = ("_asked", "_asking", "_limits", "_told")

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self._asking: tuple[datetime, ...] = ()
        self._asked: tuple[datetime, ...] = ()
        self._told = False

    def asking(self, turn: Turn, state: Gist, now: datetime) -> tuple[datetime, ...]:
        """What the state is to say once ``turn`` is asked. Asked again, a turn does not count."""
        asked = self._known(state)
        self._asking = asked if turn.attempts else self._limits.with_one_more(asked, now)
        return self._asking

    def asked(self) -> None:
        """It was stored so."""
        self._asked, self._told = self._asking, False

    def held_s(self, turn: Turn, state: Gist, now: datetime) -> float:
        """For how long ``turn`` waits: what is written until then is asked with it."""
        until = None if turn.attempts else self._limits.held_until(self._known(state), now)
        return (until - now).total_seconds() if until else 0.0

    def instead_of(self, turn: Turn, state: Gist, now: datetime) -> SetAside | None:
        """What to do instead of asking ``turn``; ``None``: ask it. The person is told once."""
        if turn.attempts or not self._limits.stop(self._known(state), now):
            return None
        told = self._told or state.reason == FLOOD
        self._told = True
        notice = None if told else Notice.FLOOD
        return SetAside(turn, InboundState.FAILED, FLOOD, Status.NEEDS_ATTENTION, notice)

    def _known(self, state: Gist) -> tuple[datetime, ...]:
        """Each is the other's beginning, but for what only one of them has seen yet."""
        stored, ours = state.asked_lately, self._asked
        return ours if (ours[-1:], len(ours)) > (stored[-1:], len(stored)) else stored
