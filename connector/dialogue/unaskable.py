"""Turns that will not be asked, and what becomes of them instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue.words import SetAside, StoreGivenUp
from conversation import window
from conversation.messages import InboundState, Notice
from conversation.state import Status

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.identifiers import AgentId
    from conversation.state import Gist
    from conversation.turns import Turn

NO_AGENT = "no_agent"


def instead_of(
    turn: Turn, state: Gist, agent: AgentId | None, utc: datetime
) -> SetAside | StoreGivenUp | None:
    """What to do instead of asking ``turn``; ``None``: ask it."""
    if turn.exhausted:
        return StoreGivenUp(turn)
    if state.opted_out:
        return SetAside(turn, InboundState.EXPIRED, "opted_out", None)
    if not window.is_open(state.last_inbound_at, utc):
        # Free text would not be delivered any more.
        return SetAside(turn, InboundState.EXPIRED, "window_closed", Status.NEEDS_ATTENTION)
    if agent is None:
        told = state.reason == NO_AGENT
        notice = None if told else Notice.NO_AGENT
        return SetAside(turn, InboundState.FAILED, NO_AGENT, Status.NEEDS_ATTENTION, notice)
    return None


def hung_up_on(turn: Turn) -> SetAside:
    """What becomes of a turn to which the agent said nothing but ended the conversation."""
    return SetAside(turn, InboundState.ANSWERED, "agent_hung_up", Status.WAITING_PERSON)
