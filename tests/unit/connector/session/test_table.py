"""Every state against every input, and the table against the machine."""

import pytest

from connector import protocol
from connector.protocol import McpState, PartKind
from connector.session import (
    Ask,
    CloseWanted,
    Ended,
    Lost,
    Opened,
    Received,
    State,
    TimePassed,
    Waiting,
)
from connector.session.clock import Clock
from connector.session.machine import Session
from connector.session.talk import TALK_STEPS
from connector.session.transitions import ALARMS, EVENTS, INPUTS, TRANSITIONS, Alarm, Step
from conversation.errors import Defect
from tests.unit.connector.session.conversations import (
    a_dialing_conversation,
    a_ready_conversation,
    a_settling_conversation,
    an_answering_conversation,
    an_asked_conversation,
    an_initiating_conversation,
    open_turn,
)


def a_leaving_conversation():
    conversation = an_asked_conversation()
    conversation.tool_answers(name="end_call")
    return conversation


def a_closing_conversation():
    conversation = an_asked_conversation()
    conversation.on(CloseWanted("operator"))
    return conversation


def an_ended_conversation():
    conversation = an_asked_conversation()
    conversation.lost()
    return conversation


IN_STATE = {
    State.DIALING: a_dialing_conversation,
    State.INITIATING: an_initiating_conversation,
    State.SETTLING: a_settling_conversation,
    State.READY: a_ready_conversation,
    State.ASKED: an_asked_conversation,
    State.ANSWERING: an_answering_conversation,
    State.LEAVING: a_leaving_conversation,
    State.CLOSING: a_closing_conversation,
    State.ENDED: an_ended_conversation,
}

EXAMPLES = [
    Opened(),
    Ask("t9", "hola"),
    Waiting(another=True),
    Waiting(another=False),
    TimePassed(),
    Lost(),
    Lost(1000, "bye"),
    Lost(http_status=429, retry_after_s=3.0),
    CloseWanted("operator"),
    *(
        Received(event)
        for event in (
            protocol.Metadata("conv_2"),
            protocol.Ping(4),
            protocol.AgentSaid("una respuesta", 2),
            protocol.AgentSaid("sin número"),
            protocol.AgentSaid("", 2),
            *(protocol.AgentPart(kind, "x", 2) for kind in PartKind),
            protocol.AgentDone(2),
            protocol.AgentDone(None),
            protocol.AgentCorrected("a", "b", 2),
            protocol.Interrupted(2),
            protocol.ClientToolCalled("t", "c", 2),
            protocol.ClientToolCalled("t", "c", 2, expects_response=False),
            protocol.ToolRequested("t", "c", 2),
            protocol.ToolAnswered("t", "c", 2),
            protocol.ToolAnswered("end_call", "c", 2),
            *(protocol.McpToolCalled("c", state) for state in McpState),
            protocol.ServerFault(1011, "unknown_websocket_crash"),
            protocol.QueueMoved("waiting"),
            protocol.GuardrailTriggered(),
            protocol.ContextUsed(1, 2),
            protocol.AgentTyping(is_typing=True),
            protocol.AgentTyping(is_typing=False),
            protocol.PersonTookOver(is_there=True),
            protocol.PersonTookOver(is_there=False),
            protocol.Ignored("audio"),
            protocol.Unknown("new"),
            protocol.Malformed("not_json"),
        )
    ),
]


def key_of(example):
    return type(example.event if isinstance(example, Received) else example)


ACCEPTED = [
    pytest.param(state, example, id=f"{state}-{key_of(example).__name__}")
    for state in State
    for example in EXAMPLES
    if TRANSITIONS[state, key_of(example)].step is not Step.REFUSE
]
REFUSED = [
    pytest.param(state, example, id=f"{state}-{key_of(example).__name__}")
    for state in State
    for example in EXAMPLES
    if TRANSITIONS[state, key_of(example)].step is Step.REFUSE
]


def test_there_is_an_example_of_every_input_and_event():
    assert {key_of(example) for example in EXAMPLES} == {*INPUTS, *EVENTS}


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached(state):
    assert IN_STATE[state]().session.state is state


@pytest.mark.parametrize(("state", "example"), REFUSED)
def test_what_a_correct_caller_never_does_is_a_defect_and_changes_nothing(state, example):
    conversation = IN_STATE[state]()

    with pytest.raises(Defect):
        conversation.on(example)

    assert conversation.session.state is state


@pytest.mark.parametrize(("state", "example"), ACCEPTED)
def test_every_state_takes_every_input_as_the_table_says(state, example):
    conversation = IN_STATE[state]()
    rule = TRANSITIONS[state, key_of(example)]

    effects = conversation.on(example)

    # The table speaks of the input alone; timers may go on from there.
    onward = {to for s in rule.to for a in ALARMS[s] for to in TRANSITIONS[s, a].to}
    assert conversation.session.state in rule.to | onward
    ended = [effect for effect in effects if isinstance(effect, Ended)]
    assert bool(ended) == (conversation.session.state is State.ENDED and state is not State.ENDED)


@pytest.mark.parametrize(("state", "example"), ACCEPTED)
def test_from_every_state_and_input_a_lost_socket_ends_the_session_once(state, example):
    conversation = IN_STATE[state]()

    effects = [*conversation.on(example), *conversation.lost(), *conversation.lost()]

    already = state is State.ENDED
    assert sum(isinstance(effect, Ended) for effect in effects) == (0 if already else 1)
    assert conversation.session.deadline is None
    assert open_turn(conversation.session) is None


@pytest.mark.parametrize(("state", "example"), ACCEPTED)
def test_after_every_input_the_deadline_is_in_the_future_or_never(state, example):
    conversation = IN_STATE[state]()

    conversation.on(example, after=0.05)

    deadline = conversation.session.deadline
    without = conversation.session.state in {State.DIALING, State.ENDED}
    assert (deadline is None) == without
    assert deadline is None or deadline > conversation.now


def test_every_pair_of_state_and_input_has_a_rule():
    assert set(TRANSITIONS) >= {(s, key) for s in State for key in (*INPUTS, *EVENTS)}


def test_every_step_of_the_table_is_known_to_the_machine():
    known = {*Session.STEPS, *TALK_STEPS, Step.REFUSE}

    assert {rule.step for rule in TRANSITIONS.values()} == known == set(Step)


def test_every_alarm_runs_in_some_state_and_has_its_time():
    assert {alarm for alarms in ALARMS.values() for alarm in alarms} == set(Alarm)
    assert set(Clock.CLOCK) == set(Alarm)


def test_the_end_is_final():
    ended = {key: rule for (state, key), rule in TRANSITIONS.items() if state is State.ENDED}

    assert {rule.step for rule in ended.values()} == {Step.IGNORE, Step.REFUSE}
    assert all(rule.to == {State.ENDED} for rule in ended.values())


def test_every_state_but_the_first_can_be_reached_by_the_table():
    reachable = {
        to for (state, _), rule in TRANSITIONS.items() for to in rule.to if to is not state
    }

    assert reachable == set(State) - {State.DIALING}
