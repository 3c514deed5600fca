"""How many turns a person has had in this sitting, and the farewell when there are no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from connector.dialogue.words import SetAside
from conversation.messages import InboundState, Notice
from conversation.sitting import Sitting
from conversation.state import Status

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.sitting import SittingLimits
    from conversation.state import Gist
    from conversation.turns import Turn

SITTING_OVER: Final = "sitting_over"


class Sittings:
    """The table's count, and what was asked since the table was last read."""

    __slots__ = ("_asked", "_asking", "_farewell", "_limits")

    def __init__(self, limits: SittingLimits) -> None:
        self._limits = limits
        self._asking: Sitting | None = None
        self._asked: Sitting | None = None
        self._farewell: Sitting | None = None

    def asking(self, turn: Turn, state: Gist, now: datetime) -> Sitting:
        """What the state is to say once ``turn`` is asked. Asked again, a turn does not count."""
        sitting = self._current(state, now) or Sitting(now, now, 0, state.context_version)
        turns = sitting.turns + (not turn.attempts)
        self._asking = replace(sitting, last=now, turns=turns)
        return self._asking

    def asked(self) -> None:
        """It was stored so."""
        self._asked = self._asking

    def instead_of(self, turn: Turn, state: Gist, now: datetime) -> SetAside | None:
        """What to do instead of asking ``turn``; ``None``: ask it. The farewell is said once."""
        sitting = self._current(state, now)
        if sitting is None or turn.attempts or not self._limits.reached(sitting, now):
            return None
        told = state.reason == SITTING_OVER or self._farewell == sitting
        self._farewell = sitting
        notice = None if told else Notice.FAREWELL
        return SetAside(turn, InboundState.FAILED, SITTING_OVER, Status.CLOSED, notice)

    def _current(self, state: Gist, now: datetime) -> Sitting | None:
        last, ours = state.sitting, self._asked
        if last is None or (ours is not None and ours.last > last.last):
            last = ours
        goes_on = last is not None and last.goes_on(state.context_version, now)
        return last if goes_on else None
