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


def sitting_with(turn: Turn, state: Gist, now: datetime) -> Sitting:
    """What the state is to say once ``turn`` is asked. Asked again, a turn does not count."""
    sitting = present_sitting(state, now) or Sitting(now, now, 0, state.context_version)
    return replace(sitting, last=now, turns=sitting.turns + (not turn.attempts))


def present_sitting(state: Gist, now: datetime) -> Sitting | None:
    """The one that goes on, if one does."""
    sitting = state.sitting
    goes_on = sitting is not None and sitting.goes_on(state.context_version, now)
    return sitting if goes_on else None


def after_sitting(
    turn: Turn, sitting: Sitting | None, limits: SittingLimits, now: datetime, *, told: bool
) -> SetAside | None:
    """What to do instead of asking ``turn``; ``None``: ask it. ``told``: goodbye was said."""
    if sitting is None or turn.attempts or not limits.reached(sitting, now):
        return None
    notice = None if told else Notice.FAREWELL
    return SetAside(turn, InboundState.FAILED, SITTING_OVER, Status.CLOSED, notice)
