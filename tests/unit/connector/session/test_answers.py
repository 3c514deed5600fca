import pytest

from connector import protocol
from connector.protocol import PartKind
from connector.session import Say, TurnEnded, TurnUnanswered, Unanswered
from tests.unit.connector.session.conversations import an_answering_conversation as answering
from tests.unit.connector.session.conversations import an_asked_conversation as asked

START, STOP = PartKind.START, PartKind.STOP
ENDED = TurnEnded("t1", answered=True)


def say(text, event_id=2):
    return Say("t1", text, event_id)


def test_parts_then_the_whole_text_are_one_answer():
    conversation = asked()

    assert conversation.streams(START, "Debe ", "12", STOP) == []
    assert conversation.says("Debe 120") == [say("Debe 120")]
    assert conversation.wait(5) == [ENDED]


def test_the_whole_text_in_the_middle_of_its_parts_is_one_answer():
    conversation = asked()
    conversation.streams(START, "Debe ")

    assert conversation.says("Debe 120") == [say("Debe 120")]
    assert conversation.streams("120", STOP) == []
    assert conversation.wait(5) == [ENDED]


def test_a_stream_that_never_stops_after_its_whole_text_does_not_hold_the_turn():
    conversation = asked()
    conversation.streams(START, "Debe ")
    conversation.says("Debe 120")

    assert conversation.wait(1.5) == [ENDED]
    conversation.asks("t2")
    assert conversation.says("dos", event_id=3) == [Say("t2", "dos", 3)]


def test_parts_alone_are_said_when_it_has_been_quiet():
    conversation = asked()
    conversation.streams(START, "Debe ", "120", STOP)

    assert conversation.wait(1.4) == []
    assert conversation.wait(0.2) == [say("Debe 120")]
    assert conversation.wait(1.5) == [ENDED]


def test_parts_alone_are_said_when_the_agent_is_done():
    conversation = asked()
    conversation.streams(START, "Debe 120")

    assert conversation.done() == [say("Debe 120"), ENDED]


def test_parts_alone_are_said_when_the_next_utterance_starts():
    conversation = asked()
    conversation.streams(START, "uno", STOP)

    assert conversation.streams(START, "dos") == [say("uno")]
    assert conversation.says("dos") == [say("dos")]


def test_the_whole_text_that_comes_after_its_parts_were_said_is_not_said_again():
    conversation = asked()
    conversation.streams(START, "Debe  120", STOP)
    conversation.wait(2)

    assert conversation.says("Debe 120") == []
    assert conversation.says("Debe 120") == []


def test_only_what_is_new_in_a_late_whole_text_is_said():
    conversation = asked()
    conversation.streams(START, "Debe 120")
    conversation.done()

    assert conversation.says("Debe 120 y vence hoy") == [say("y vence hoy")]


def test_a_different_text_after_parts_were_said_is_another_answer():
    conversation = asked()
    conversation.streams(START, "uno", STOP)
    conversation.wait(2)

    assert conversation.says("otro") == [say("otro")]


def test_the_whole_text_of_the_former_utterance_in_the_middle_of_the_next():
    conversation = asked()
    conversation.streams(START, "uno", STOP, START, "do")

    assert conversation.says("uno") == []
    assert conversation.streams("s", STOP) == []
    assert conversation.says("dos") == [say("dos")]


def test_several_utterances_of_one_event_are_each_said():
    conversation = asked()

    assert conversation.says("uno", response_id="r1") == [say("uno")]
    assert conversation.says("dos", response_id="r2") == [say("dos")]
    assert conversation.says("dos", response_id="r3") == [say("dos")]


@pytest.mark.parametrize("response_id", [None, "r1"])
def test_a_repeated_frame_is_said_once(response_id):
    conversation = asked()
    conversation.says("uno", response_id=response_id)

    assert conversation.says("uno", response_id=response_id) == []


def test_the_parts_of_an_utterance_that_was_said_already_are_ignored():
    conversation = asked()
    conversation.says("uno", response_id="r1")

    assert conversation.streams(START, "uno", STOP, response_id="r1") == []
    assert conversation.wait(1.5) == [ENDED]


def test_parts_that_repeat_a_text_that_was_said_are_not_said_again():
    conversation = asked()
    conversation.says("uno")
    conversation.streams(START, "uno", STOP)

    assert conversation.wait(3) == [ENDED]


def test_utterances_are_told_apart_by_their_response_ids():
    conversation = asked()
    conversation.streams(START, "uno", response_id="r1")

    assert conversation.says("dos", response_id="r2") == [say("dos")]
    assert conversation.streams("tres", response_id="r3") == [say("uno")]
    assert conversation.says("uno", response_id="r1") == []
    assert conversation.says("otro", response_id="r1") == []


def test_a_confirmation_of_another_response_is_not_one():
    conversation = asked()
    conversation.streams(START, "uno", STOP, response_id="r1")
    conversation.wait(1.5)

    assert conversation.says("uno", response_id="r2") == [say("uno")]


def test_a_start_that_is_repeated_does_not_cut_the_utterance():
    conversation = asked()
    conversation.streams(START, START, "uno", START, " y dos", STOP, response_id="r1")

    assert conversation.done() == [say("uno y dos"), ENDED]


def test_parts_without_a_start_are_an_utterance_too():
    conversation = asked()
    conversation.streams("Debe ", "120")

    assert conversation.done() == [say("Debe 120"), ENDED]


def test_a_stop_without_a_stream_is_nothing():
    conversation = asked()

    assert conversation.streams(STOP) == []
    assert conversation.wait(10) == []


def test_a_stream_that_stalls_is_said_as_far_as_it_came():
    conversation = asked()
    conversation.streams(START, "Debe ")

    effects = conversation.wait(21.5)

    assert [e for e in effects if isinstance(e, Say)] == [say("Debe")]
    assert effects[-1] == ENDED


def test_halves_of_a_character_in_two_parts_become_one():
    conversation = asked()
    conversation.streams(START, "a\ud83d", "\ude00", STOP)

    assert conversation.done() == [say("a😀"), ENDED]


def test_a_correction_counts_as_long_as_nothing_was_said():
    conversation = asked()
    conversation.streams(START, "Debe 120 y ade", STOP)
    conversation.gets(protocol.AgentCorrected("Debe 120 y ade", "Debe 120", 2))

    assert conversation.says("Debe 120 y ade") == [say("Debe 120")]


def test_a_correction_to_nothing_leaves_nothing_to_say():
    conversation = asked()
    conversation.streams(START, "Debe")
    conversation.gets(protocol.AgentCorrected("Debe", "", 2))

    effects = conversation.wait(3.0)

    assert effects[0] == TurnUnanswered("t1", Unanswered.EMPTY)


def test_a_correction_of_what_was_said_changes_nothing():
    conversation = answering()

    assert conversation.gets(protocol.AgentCorrected("buenas", "bue", 2)) == []
    assert conversation.wait(1.5) == [ENDED]


def test_a_correction_after_the_whole_text_of_a_stream_changes_nothing():
    conversation = asked()
    conversation.streams(START, "Debe")
    conversation.says("Debe 120")

    assert conversation.gets(protocol.AgentCorrected("Debe 120", "Debe", 2)) == []
    assert conversation.done() == [ENDED]


def test_an_interrupted_stream_is_said_as_far_as_it_came():
    conversation = asked()
    conversation.streams(START, "Debe 120")
    conversation.gets(protocol.Interrupted(2))

    assert conversation.wait(1.5) == [say("Debe 120")]


def test_an_interruption_of_nothing_is_nothing():
    conversation = asked()

    assert conversation.gets(protocol.Interrupted(2)) == []
    assert conversation.wait(10) == []


def test_very_long_conversations_do_not_grow_the_session():
    conversation = asked()
    for number in range(200):
        assert conversation.says(f"texto {number}", event_id=number + 10)

    talk = conversation.session._talk
    assert (len(talk.answers._given), len(talk._owners._events)) == (12, 8)
