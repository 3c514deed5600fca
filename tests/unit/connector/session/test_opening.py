import json

import pytest

from connector import protocol
from connector.protocol import Classic, ContextNote, Convai, Initiation, PartKind
from connector.session import (
    Ended,
    Hangup,
    Kind,
    Opened,
    Ready,
    Say,
    Send,
    State,
    TurnEnded,
    Unsolicited,
)
from conversation.errors import Defect
from tests.unit.connector.session.conversations import (
    a_classic_conversation,
    a_dialing_conversation,
    a_ready_conversation,
    a_settling_conversation,
    an_initiating_conversation,
)


def test_the_initiation_is_the_first_thing_sent():
    conversation = a_dialing_conversation(initiation=Initiation(user_id="u1"))

    effects = conversation.on(Opened())

    assert effects == [Send(Convai().initiation(Initiation(user_id="u1")))]


def test_context_is_told_once_the_server_knows_the_conversation():
    notes = (ContextNote("llamó ayer", "summary"), ContextNote("debe 120"))
    conversation = an_initiating_conversation(initiation=Initiation(context=notes))

    effects = conversation.gets(protocol.Metadata("conv_1"))

    assert effects == [Send(Convai().contextual_update(note)) for note in notes]


def test_an_agent_without_a_greeting_can_be_asked_after_the_settling_time():
    conversation = a_settling_conversation(first_message=False)

    assert conversation.wait(0.09) == []
    assert conversation.wait(0.02) == [Ready("conv_1")]


def test_while_the_server_has_no_room_nothing_is_asked():
    conversation = a_settling_conversation(first_message=False)
    conversation.gets(protocol.QueueMoved("waiting"))

    assert conversation.wait(30) == []
    assert conversation.gets(protocol.QueueMoved("admitted")) == []
    assert conversation.wait(0.1) == [Ready("conv_1")]


def test_a_place_in_the_queue_that_comes_before_the_metadata_is_one_too():
    conversation = an_initiating_conversation(first_message=False)
    conversation.gets(protocol.QueueMoved("waiting"))
    conversation.gets(protocol.Metadata("conv_1"))

    assert conversation.wait(30) == []
    conversation.gets(protocol.QueueMoved("admitted"))
    assert conversation.wait(0.1) == [Ready("conv_1")]


def test_a_server_that_never_says_that_it_has_room_is_asked_all_the_same():
    conversation = a_settling_conversation(first_message=False)
    conversation.gets(protocol.QueueMoved("waiting"))

    assert conversation.wait(59.9) == []
    assert conversation.wait(0.2) == [Ready("conv_1")]


@pytest.mark.parametrize("first_message", [True, None])
def test_a_greeting_is_waited_for_two_seconds_where_there_may_be_one(first_message):
    conversation = a_settling_conversation(first_message=first_message)

    assert conversation.wait(1.9) == []
    assert conversation.wait(0.1) == [Ready("conv_1")]


def test_a_greeting_is_swallowed_and_ends_the_wait():
    conversation = a_settling_conversation(first_message=True)

    assert conversation.says("Hola, soy Ana", event_id=1, after=0.5) == [Ready("conv_1")]


def test_a_greeting_that_comes_at_once_does_not_shorten_the_settling_time():
    conversation = a_settling_conversation(first_message=True)

    assert conversation.says("Hola, soy Ana", event_id=1) == []
    assert conversation.wait(0.1) == [Ready("conv_1")]


@pytest.mark.parametrize(
    "rest",
    [
        [protocol.AgentPart(PartKind.STOP, "", 1), protocol.AgentDone(1)],
        [protocol.AgentSaid("Hola, soy Ana", 1)],
        [protocol.AgentCorrected("Hola, soy Ana", "Hola", 1), protocol.Interrupted(1)],
    ],
)
def test_what_comes_late_of_a_greeting_is_swallowed_too(rest):
    conversation = a_settling_conversation(first_message=True)
    conversation.wait(0.2)
    conversation.streams(PartKind.START, "Hola, soy Ana", PartKind.STOP, event_id=1)
    conversation.asks("t1")

    effects = [effect for event in rest for effect in conversation.gets(event)]

    assert effects == []
    assert conversation.session.state is State.ASKED


def test_a_greeting_before_the_metadata_is_swallowed_as_well():
    conversation = an_initiating_conversation(first_message=True)

    assert conversation.says("Hola, soy Ana", event_id=1) == []
    conversation.gets(protocol.Metadata("conv_1"))
    assert conversation.wait(0.1) == [Ready("conv_1")]


def test_another_text_under_the_number_of_the_greeting_is_an_answer():
    conversation = a_settling_conversation(first_message=True)
    conversation.says("Hola, soy Ana", event_id=1, after=0.5)
    conversation.asks("t1")

    assert conversation.says("Debe 120", event_id=1) == [Say("t1", "Debe 120", 1)]


def test_the_greeting_said_again_under_its_number_is_not_an_answer():
    conversation = a_settling_conversation(first_message=True)
    conversation.says("Hola, soy Ana", event_id=1, after=0.5)
    conversation.asks("t1")

    assert conversation.says("Hola, soy Ana", event_id=1) == []


def test_a_greeting_after_the_first_question_is_told_from_the_answer_that_follows():
    conversation = a_settling_conversation(first_message=True)
    conversation.wait(2.0)
    conversation.asks("t1")

    assert conversation.says("Hola, soy Ana", event_id=1, after=0.3) == []
    assert conversation.done(event_id=1) == []
    assert conversation.says("Debe 120", event_id=2, after=3) == [Say("t1", "Debe 120", 2)]
    assert conversation.says("Hola, soy Ana", event_id=1) == []


def test_what_may_be_a_greeting_is_the_answer_if_nothing_else_comes():
    conversation = a_settling_conversation(first_message=True)
    conversation.wait(2.0)
    conversation.asks("t1")
    conversation.streams(PartKind.START, "Debe", PartKind.STOP, event_id=1)
    conversation.says("Debe 120", event_id=1)

    assert conversation.wait(5.9) == []
    assert conversation.wait(1.7) == [Say("t1", "Debe 120", 1), TurnEnded("t1", answered=True)]


def test_an_agent_that_may_not_greet_at_all_is_never_doubted():
    conversation = a_settling_conversation(first_message=None)
    conversation.wait(2.0)
    conversation.asks("t1")

    assert conversation.says("Debe 120", event_id=1) == [Say("t1", "Debe 120", 1)]


def test_what_the_agent_says_unasked_after_settling_is_unsolicited():
    conversation = a_ready_conversation()

    assert conversation.says("¿Sigue ahí?", event_id=5) == [Unsolicited("¿Sigue ahí?", 5)]
    assert conversation.says(" ", event_id=6) == []


def test_an_unsolicited_text_stays_so_although_a_turn_is_asked_in_the_middle_of_it():
    conversation = a_ready_conversation()
    conversation.streams(PartKind.START, "¿Sigue ", event_id=5)
    conversation.asks("t1")

    assert conversation.says("¿Sigue ahí?", event_id=5) == [Unsolicited("¿Sigue ahí?", 5)]
    assert conversation.says("Debe 120", event_id=6) == [Say("t1", "Debe 120", 6)]


def test_without_metadata_the_session_gives_up_after_ten_seconds():
    conversation = an_initiating_conversation()

    assert conversation.wait(9.9) == []
    assert conversation.wait(0.1) == [Hangup(1000, "no_metadata")]
    conversation.lost()
    assert conversation.verdict().kind is Kind.OURS


def test_a_second_metadata_changes_nothing_once_ready():
    conversation = a_ready_conversation()

    assert conversation.gets(protocol.Metadata("conv_2")) == []
    assert conversation.session.session_id == "conv_1"


def test_classic_is_ready_without_metadata_under_the_name_that_we_gave():
    conversation = a_dialing_conversation(
        dialect=Classic(),
        initiation=Initiation(conversation_id="conv_mine", context=(ContextNote("llamó"),)),
    )

    (initiation,) = conversation.on(Opened())

    assert json.loads(initiation.frame)["user"]["metadata"]["context"] == "llamó"
    assert conversation.wait(0.1) == [Ready("conv_mine")]


def test_classic_takes_the_servers_name_if_it_comes_in_time():
    conversation = a_dialing_conversation(
        dialect=Classic(), initiation=Initiation(conversation_id="conv_mine")
    )
    conversation.on(Opened())
    conversation.gets(protocol.Metadata("conv_theirs"))

    assert conversation.wait(0.1) == [Ready("conv_theirs")]


def test_in_classic_a_text_belongs_to_the_open_turn_then_to_the_last_then_to_nobody():
    conversation = a_classic_conversation()
    conversation.asks("t1")

    assert conversation.says("uno", event_id=None) == [Say("t1", "uno", None)]
    assert conversation.wait(4.0) == [TurnEnded("t1", answered=True)]
    assert conversation.says("dos", event_id=None, after=20) == [Say("t1", "dos", None)]
    assert conversation.says("tres", event_id=None, after=31) == [Unsolicited("tres", None)]
    assert conversation.says("tres", event_id=None) == [Unsolicited("tres", None)]


def test_in_classic_the_same_answer_to_two_questions_is_given_twice():
    conversation = a_classic_conversation()
    conversation.asks("t1")
    conversation.says("sí", event_id=None)
    conversation.wait(4.0)
    conversation.asks("t2")

    assert conversation.says("sí", event_id=None) == [Say("t2", "sí", None)]
    assert conversation.says("sí", event_id=None) == []


def test_a_turn_cannot_be_asked_before_the_session_is_ready():
    with pytest.raises(Defect):
        a_settling_conversation().asks()


def test_a_refused_opening_ends_the_session_with_its_verdict():
    conversation = a_dialing_conversation()

    (ended,) = conversation.lost(code=None)

    assert isinstance(ended, Ended)
    assert ended.verdict.kind is Kind.RETRYABLE
