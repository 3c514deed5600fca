"""The table of a session: in which state what is done about what, and where that may lead.

One source for the machine, its tests and the picture in the documentation. Inputs and server
events are keyed by their type, timers by their :class:`Alarm`. Every state has a rule for every
input and event; a timer runs only in the states that have a rule for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from connector import protocol
from connector.session.words import (
    Ask,
    CloseWanted,
    Lost,
    Opened,
    State,
    TimePassed,
    Waiting,
)


class Alarm(StrEnum):
    """What a session waits for with the clock. Of two at the same instant, the first here."""

    TEXT_DUE = "text_due"
    METADATA_LATE = "metadata_late"
    SETTLED = "settled"
    ANSWER_SLOW = "answer_slow"
    ANSWER_EMPTY = "answer_empty"
    ANSWER_QUIET = "answer_quiet"
    HARD_DEADLINE = "hard_deadline"
    LEAVE = "leave"
    GONE = "gone"
    PEER_DEAD = "peer_dead"
    IDLE = "idle"
    EXPIRING = "expiring"
    KEEP_ALIVE = "keep_alive"


class Step(StrEnum):
    """What is done. The machine has one method for each."""

    REFUSE = "refuse"
    IGNORE = "ignore"
    COUNT = "count"
    INITIATE = "initiate"
    ADOPT = "adopt"
    RENAME = "rename"
    ASK = "ask"
    HURRY = "hurry"
    LOSE = "lose"
    CLOSE = "close"
    PONG = "pong"
    HEAR = "hear"
    STREAM = "stream"
    FINISH = "finish"
    CORRECT = "correct"
    CUT = "cut"
    ANSWER_TOOL = "answer_tool"
    TOOL_BEGAN = "tool_began"
    TOOL_ENDED = "tool_ended"
    MCP_MOVED = "mcp_moved"
    FAULT = "fault"
    TOUCH = "touch"
    QUEUE = "queue"
    MIND_PERSON = "mind_person"
    SPEAK = "speak"
    NO_METADATA = "no_metadata"
    GET_READY = "get_ready"
    TELL_SLOW = "tell_slow"
    GIVE_UP_EMPTY = "give_up_empty"
    END_QUIET = "end_quiet"
    END_HARD = "end_hard"
    LEAVE = "leave"
    END_GONE = "end_gone"
    BURY = "bury"
    IDLE_OUT = "idle_out"
    EXPIRE = "expire"
    KEEP_ALIVE = "keep_alive"


@dataclass(frozen=True, slots=True)
class Rule:
    """A step, and the states it may lead to."""

    step: Step
    to: frozenset[State]


Key = type[object] | Alarm

INPUTS: tuple[type[object], ...] = (Opened, Ask, Waiting, TimePassed, Lost, CloseWanted)
EVENTS: tuple[type[object], ...] = get_args(protocol.ServerEvent)

DIALING, INITIATING, SETTLING, READY, ASKED, ANSWERING, LEAVING, CLOSING, ENDED = State
LIVE = (INITIATING, SETTLING, READY, ASKED, ANSWERING, LEAVING)
KNOWN = (SETTLING, READY, ASKED, ANSWERING, LEAVING)
TALKING = (*LIVE, CLOSING)

_HERE: tuple[State, ...] = ()
"""Stays in the state it was in."""

_ROWS: tuple[tuple[Key, tuple[State, ...], Step, tuple[State, ...]], ...] = (
    (Opened, (DIALING,), Step.INITIATE, (INITIATING, SETTLING)),
    (Opened, LIVE, Step.REFUSE, _HERE),
    (Ask, (DIALING, *LIVE, CLOSING, ENDED), Step.REFUSE, _HERE),
    (Ask, (READY,), Step.ASK, (ASKED,)),
    (Waiting, (ASKED, ANSWERING, LEAVING), Step.HURRY, _HERE),
    (Lost, (DIALING, *LIVE, CLOSING), Step.LOSE, (ENDED,)),
    (CloseWanted, (DIALING, *LIVE), Step.CLOSE, (CLOSING,)),
    *((event, (DIALING,), Step.REFUSE, _HERE) for event in EVENTS),
    (protocol.Metadata, (INITIATING,), Step.ADOPT, (SETTLING,)),
    (protocol.Metadata, (SETTLING,), Step.RENAME, _HERE),
    (protocol.Ping, LIVE, Step.PONG, _HERE),
    (protocol.AgentSaid, TALKING, Step.HEAR, _HERE),
    (protocol.AgentSaid, (ASKED,), Step.HEAR, (ASKED, ANSWERING)),
    (protocol.AgentPart, TALKING, Step.STREAM, _HERE),
    (protocol.AgentPart, (ASKED,), Step.STREAM, (ASKED, ANSWERING)),
    (protocol.AgentDone, TALKING, Step.FINISH, _HERE),
    (protocol.AgentDone, (ASKED,), Step.FINISH, (ASKED, READY)),
    (protocol.AgentDone, (ANSWERING,), Step.FINISH, (ANSWERING, READY)),
    (protocol.AgentCorrected, TALKING, Step.CORRECT, _HERE),
    (protocol.Interrupted, TALKING, Step.CUT, _HERE),
    (protocol.ClientToolCalled, LIVE, Step.ANSWER_TOOL, _HERE),
    (protocol.ToolRequested, LIVE, Step.TOOL_BEGAN, _HERE),
    *((protocol.ToolAnswered, (s,), Step.TOOL_ENDED, (s, LEAVING)) for s in LIVE),
    (protocol.McpToolCalled, LIVE, Step.MCP_MOVED, _HERE),
    (protocol.ServerFault, LIVE, Step.FAULT, (LEAVING,)),
    (protocol.AgentTyping, (ASKED, ANSWERING), Step.TOUCH, _HERE),
    (protocol.PersonTookOver, KNOWN, Step.MIND_PERSON, _HERE),
    (protocol.QueueMoved, (INITIATING, SETTLING), Step.QUEUE, _HERE),
    (protocol.Unknown, TALKING, Step.COUNT, _HERE),
    (protocol.Malformed, TALKING, Step.COUNT, _HERE),
    (Alarm.TEXT_DUE, TALKING, Step.SPEAK, _HERE),
    (Alarm.TEXT_DUE, (ASKED,), Step.SPEAK, (ASKED, ANSWERING)),
    (Alarm.METADATA_LATE, (INITIATING,), Step.NO_METADATA, (CLOSING,)),
    (Alarm.SETTLED, (SETTLING,), Step.GET_READY, (READY,)),
    (Alarm.ANSWER_SLOW, (ASKED,), Step.TELL_SLOW, _HERE),
    (Alarm.ANSWER_EMPTY, (ASKED,), Step.GIVE_UP_EMPTY, (CLOSING,)),
    (Alarm.ANSWER_QUIET, (ANSWERING,), Step.END_QUIET, (READY,)),
    (Alarm.HARD_DEADLINE, (ASKED,), Step.END_HARD, (READY, CLOSING)),
    (Alarm.HARD_DEADLINE, (ANSWERING,), Step.END_HARD, (READY,)),
    (Alarm.LEAVE, (LEAVING,), Step.LEAVE, (CLOSING,)),
    (Alarm.GONE, (CLOSING,), Step.END_GONE, (ENDED,)),
    (Alarm.PEER_DEAD, KNOWN, Step.BURY, (CLOSING,)),
    (Alarm.IDLE, (READY,), Step.IDLE_OUT, (CLOSING,)),
    (Alarm.EXPIRING, (READY,), Step.EXPIRE, _HERE),
    (Alarm.KEEP_ALIVE, (READY,), Step.KEEP_ALIVE, _HERE),
)
"""What, in which states, what is done, where to. A later row overrides an earlier one."""


def _table() -> dict[tuple[State, Key], Rule]:
    rules: dict[tuple[State, Key], Rule] = {
        (state, key): Rule(Step.IGNORE, frozenset({state}))
        for key in (*INPUTS, *EVENTS)
        for state in State
    }
    for key, states, step, to in _ROWS:
        rules |= {(state, key): Rule(step, frozenset(to or (state,))) for state in states}
    return rules


TRANSITIONS: dict[tuple[State, Key], Rule] = _table()
"""The rule of every state for every input and event, and of some states for some timers."""

ALARMS: dict[State, tuple[Alarm, ...]] = {
    state: tuple(alarm for alarm in Alarm if (state, alarm) in TRANSITIONS) for state in State
}
"""The timers that run in a state."""
