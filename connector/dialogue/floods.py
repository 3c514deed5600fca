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


def asked_with(turn: Turn, state: Gist, limits: FloodLimits, now: datetime) -> tuple[datetime, ...]:
    """What the state is to say once ``turn`` is asked. Asked again, a turn does not count."""
    asked = state.asked_lately
    return asked if turn.attempts else limits.with_one_more(asked, now)


def held_s(turn: Turn, state: Gist, limits: FloodLimits, now: datetime) -> float:
    """For how long ``turn`` waits: what is written until then is asked with it."""
    until = None if turn.attempts else limits.held_until(state.asked_lately, now)
    return (until - now).total_seconds() if until else 0.0


def in_flood(
    turn: Turn, state: Gist, limits: FloodLimits, now: datetime, *, told: bool
) -> SetAside | None:
    """What to do instead of asking ``turn``; ``None``: ask it. ``told``: the person knows."""
    if turn.attempts or not limits.stop(state.asked_lately, now):
        return None
    notice = None if told or state.reason == FLOOD else Notice.FLOOD
    return SetAside(turn, InboundState.FAILED, FLOOD, Status.NEEDS_ATTENTION, notice)
