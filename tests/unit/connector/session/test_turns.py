import pytest

from connector import protocol
from connector.protocol import Convai, McpState, PartKind
from connector.session import (
    AnswerSlow,
    CloseWanted,
    Hangup,
    Kind,
    Odd,
    Oddity,
    Say,
    Send,
    State,
    TurnEnded,
    TurnUnanswered,
    Unanswered,
    Unsolicited,
    Waiting,
)
from tests.unit.connector.session.conversations import (
    a_ready_conversation,
    an_answering_conversation,
    an_asked_conversation,
    open_turn,
)

START, STOP = PartKind.START, PartKind.STOP
ENDED = TurnEnded("t1", answered=True)
BLIND = {"client_events": frozenset({"agent_response"})}


def test_a_turn_is_asked_with_its_text():
    conversation = a_ready_conversation()

    assert conversation.asks("t1", "¿Cuánto debo?") == [
        Send(Convai().user_message("¿Cuánto debo?"))
    ]
    assert open_turn(conversation.session) == "t1"
    assert conversation.session.turns == 1


def test_an_answer_is_said_at_once():
    assert an_asked_conversation().says("Debe 120") == [Say("t1", "Debe 120", 2)]


def test_the_agents_own_word_ends_the_turn():
    assert an_answering_conversation().done() == [ENDED]


def test_the_agents_word_without_a_number_ends_an_answered_turn_only():
    assert an_asked_conversation().done(None) == []
    assert an_answering_conversation().done(None) == [ENDED]


def test_the_agents_word_on_something_else_ends_nothing():
    conversation = an_asked_conversation()

    assert conversation.done(event_id=1) == []
    assert conversation.wait(10) == []


@pytest.mark.parametrize(("events", "quiet_s"), [({}, 1.5), (BLIND, 4.0)])
def test_quiet_after_an_answer_ends_the_turn(events, quiet_s):
    conversation = an_answering_conversation(**events)

    assert conversation.wait(quiet_s - 0.1) == []
    assert conversation.wait(0.1) == [ENDED]


def test_a_person_typing_on_the_agents_side_holds_the_turn():
    conversation = an_answering_conversation()
    conversation.gets(protocol.AgentTyping(is_typing=True), after=1.0)
    conversation.gets(protocol.AgentTyping(is_typing=False))

    assert conversation.wait(1.4) == []
    assert conversation.wait(0.1) == [ENDED]


def test_a_person_who_took_the_agents_place_may_take_minutes():
    conversation = an_asked_conversation()
    conversation.gets(protocol.PersonTookOver(is_there=True))
    conversation.on(Waiting(another=True))

    assert [type(effect) for effect in conversation.wait(180)] == [AnswerSlow]
    assert conversation.says("Ya lo miro") == [Say("t1", "Ya lo miro", 2)]


def test_a_turn_asked_of_a_person_has_their_time_and_the_agents_again_once_they_left():
    conversation = a_ready_conversation()
    conversation.gets(protocol.PersonTookOver(is_there=True))
    conversation.asks()
    conversation.wait(200)
    assert open_turn(conversation.session) == "t1"

    effects = conversation.gets(protocol.PersonTookOver(is_there=False))

    assert TurnUnanswered("t1", Unanswered.DEADLINE) in effects


def test_a_stream_in_its_middle_holds_the_turn():
    conversation = an_answering_conversation()
    conversation.streams(START, "Y ade")

    assert conversation.wait(10) == []


def test_at_fifteen_seconds_without_an_answer_the_notice_is_due_once():
    conversation = an_asked_conversation()

    assert conversation.wait(14.9) == []
    assert conversation.wait(20) == [AnswerSlow("t1")]


def test_after_an_interim_text_no_notice_is_due():
    conversation = an_asked_conversation()
    conversation.tool()
    conversation.says("Un momento")

    assert conversation.wait(20) == []


@pytest.mark.parametrize(("waiting", "limit_s"), [(False, 120), (True, 45)])
def test_a_turn_without_an_answer_is_given_back_and_the_session_closed(waiting, limit_s):
    conversation = an_asked_conversation()
    conversation.on(Waiting(waiting))

    assert conversation.wait(limit_s - 0.1) == [AnswerSlow("t1")]
    assert conversation.wait(0.1) == [
        TurnUnanswered("t1", Unanswered.DEADLINE),
        Hangup(1000, "answer_deadline"),
    ]
    assert conversation.lost()[0].verdict.kind is Kind.OURS


def test_a_message_that_begins_to_wait_late_ends_an_overdue_turn_at_once():
    conversation = an_asked_conversation()
    conversation.wait(60)

    effects = conversation.on(Waiting(another=True))

    assert TurnUnanswered("t1", Unanswered.DEADLINE) in effects


def test_at_the_deadline_an_answered_turn_just_ends():
    conversation = an_answering_conversation()
    conversation.tool()

    assert conversation.wait(120) == [ENDED]
    assert conversation.session.state is State.READY


def test_an_answer_that_is_just_coming_is_not_cut_by_the_deadline():
    conversation = an_asked_conversation()
    conversation.wait(119)
    conversation.streams(START, "Debe ")

    assert conversation.wait(1.2) == []
    assert conversation.says("Debe 120") == [Say("t1", "Debe 120", 2), ENDED]


def test_at_the_deadline_what_there_is_of_a_stalled_answer_is_said():
    conversation = an_asked_conversation()
    conversation.wait(110)
    conversation.streams(START, "Debe ")

    assert conversation.wait(10) == [Say("t1", "Debe", 2), ENDED]


def test_the_deadline_of_a_turn_says_nothing_about_an_earlier_one():
    conversation = an_answering_conversation()
    conversation.streams(START, "y ade")
    conversation.done()
    conversation.streams(START, "más", event_id=2)
    conversation.asks("t2")
    conversation.on(Waiting(another=True))
    conversation.wait(44)
    conversation.streams(START, "tar", event_id=2)

    effects = conversation.wait(2.5)

    assert effects[0] == Say("t1", "tar", 2)
    assert effects[1] == TurnUnanswered("t2", Unanswered.DEADLINE)


def test_an_answer_after_the_turn_was_given_up_is_still_its_answer():
    conversation = an_asked_conversation()
    conversation.wait(120)

    assert conversation.session.state is State.CLOSING
    assert conversation.says("Debe 120", event_id=2) == [Say("t1", "Debe 120", 2)]


def test_a_late_answer_belongs_to_its_own_turn_although_another_is_open():
    conversation = an_answering_conversation()
    conversation.done()
    conversation.asks("t2")

    assert conversation.says("y algo más", event_id=2) == [Say("t1", "y algo más", 2)]
    assert conversation.session.state is State.ASKED
    assert conversation.says("dos", event_id=3) == [Say("t2", "dos", 3)]


def test_a_text_to_a_turn_long_forgotten_is_not_given_to_the_open_one():
    conversation = a_ready_conversation()
    for number in range(1, 31):
        conversation.asks(f"t{number}")
        conversation.says("sí", event_id=number + 1)
        conversation.done(number + 1)
    conversation.asks("t31")

    assert conversation.says("y otra cosa", event_id=3) == [Unsolicited("y otra cosa", 3)]
    assert conversation.says("claro", event_id=32) == [Say("t31", "claro", 32)]


def test_a_stream_that_began_before_the_next_question_stays_with_its_turn():
    conversation = an_answering_conversation()
    conversation.streams(START, "y algo ")
    conversation.wait(15)
    conversation.done()
    conversation.streams(START, "mas ", event_id=2)
    conversation.asks("t2")

    assert conversation.says("más tarde", event_id=2) == [Say("t1", "más tarde", 2)]


def test_a_text_under_a_new_number_with_no_open_turn_is_unsolicited():
    conversation = an_answering_conversation()
    conversation.done()

    assert conversation.says("¿Sigue ahí?", event_id=3) == [Unsolicited("¿Sigue ahí?", 3)]


def test_an_empty_stream_gives_the_turn_back_to_be_asked_afresh():
    conversation = an_asked_conversation()
    conversation.streams(START, STOP)

    assert conversation.wait(1.5) == [
        TurnUnanswered("t1", Unanswered.EMPTY),
        Hangup(1000, "empty_answer"),
    ]


def test_where_tools_are_not_shown_an_empty_stream_is_given_more_time():
    conversation = an_asked_conversation(**BLIND)
    conversation.streams(START, STOP)

    assert conversation.wait(9.9) == []
    assert conversation.says("Debe 120") == [Say("t1", "Debe 120", 2)]


def test_an_empty_stream_before_a_tool_is_not_an_empty_answer():
    conversation = an_asked_conversation()
    conversation.streams(START, STOP)
    conversation.tool()

    assert conversation.wait(14) == []


def test_an_agent_that_is_done_without_a_word_has_given_an_empty_answer():
    conversation = an_asked_conversation()
    conversation.tool()
    conversation.tool_answers()
    conversation.done()

    assert TurnUnanswered("t1", Unanswered.EMPTY) in conversation.wait(1.5)


def test_a_blank_text_is_an_empty_answer():
    conversation = an_asked_conversation()
    assert conversation.says("  \n") == []

    assert TurnUnanswered("t1", Unanswered.EMPTY) in conversation.wait(1.5)


def test_an_empty_stream_after_an_answer_changes_nothing():
    conversation = an_answering_conversation()
    conversation.streams(START, STOP)

    assert conversation.wait(1.5) == [ENDED]


# -- tools ---------------------------------------------------------------------------------------


def test_a_text_while_a_tool_is_open_is_interim_and_the_next_is_not():
    conversation = an_asked_conversation()
    conversation.tool()

    assert conversation.says("Un momento") == [Say("t1", "Un momento", 2, interim=True)]
    assert conversation.session.state is State.ASKED
    conversation.tool_answers()
    assert conversation.says("Debe 120") == [Say("t1", "Debe 120", 2)]
    assert conversation.session.state is State.ANSWERING


def test_a_turn_with_interim_texts_alone_is_asked_again_if_the_socket_is_lost():
    conversation = an_asked_conversation()
    conversation.tool()
    conversation.says("Un momento")

    assert TurnUnanswered("t1", Unanswered.LOST) in conversation.lost()


def test_an_agent_that_is_done_after_an_interim_text_has_answered():
    conversation = an_asked_conversation()
    conversation.tool()
    conversation.says("Un momento")
    conversation.tool_answers()

    assert conversation.done() == [ENDED]


def test_a_tool_of_eight_seconds_between_two_texts_does_not_end_the_turn():
    conversation = an_answering_conversation()
    conversation.tool()

    assert conversation.wait(8) == []
    assert conversation.done() == []
    conversation.tool_answers()
    assert conversation.wait(19) == []
    assert conversation.says("Debe 120") == [Say("t1", "Debe 120", 2)]
    assert conversation.wait(1.5) == [ENDED]


def test_an_agent_that_says_nothing_after_its_tool_ends_the_turn_after_twenty_seconds():
    conversation = an_answering_conversation()
    conversation.tool()
    conversation.tool_answers()

    assert conversation.wait(19.9) == []
    assert conversation.wait(0.1) == [ENDED]


def test_where_ends_of_tools_are_not_shown_the_next_text_or_the_agents_word_tells():
    conversation = an_asked_conversation(
        client_events=frozenset({"agent_tool_request", "agent_response"})
    )
    conversation.tool()

    assert conversation.says("Debe 120") == [Say("t1", "Debe 120", 2)]
    conversation.tool("c2")
    assert conversation.done() == [ENDED]


def test_the_tool_of_another_turn_does_not_concern_the_open_one():
    conversation = an_answering_conversation()
    conversation.done()
    conversation.asks("t2")
    conversation.tool(event_id=2)
    conversation.tool_answers(event_id=2)

    assert conversation.says("dos", event_id=3) == [Say("t2", "dos", 3)]


def test_a_tool_without_a_turn_is_nobodys():
    conversation = a_ready_conversation()

    assert [*conversation.tool(), *conversation.tool_answers()] == []
    assert conversation.gets(protocol.McpToolCalled("c", McpState.LOADING)) == []


def test_an_unknown_client_tool_is_answered_with_an_error_at_once():
    conversation = an_asked_conversation()

    sent, told = conversation.gets(protocol.ClientToolCalled("open_page", "c1", 2))

    assert told == Odd(Oddity.TOOL_REFUSED, "open_page")
    assert '"tool_call_id":"c1"' in sent.frame
    assert '"is_error":true' in sent.frame


def test_a_client_tool_that_expects_nothing_gets_nothing():
    conversation = an_asked_conversation()
    tool = protocol.ClientToolCalled("open_page", "c1", 2, expects_response=False)

    assert conversation.gets(tool) == [Odd(Oddity.TOOL_REFUSED, "open_page")]


def test_a_client_tool_is_answered_without_a_turn_too():
    effects = a_ready_conversation().gets(protocol.ClientToolCalled("t", "c1", 9))

    assert [type(effect) for effect in effects] == [Send, Odd]


def test_an_mcp_tool_is_open_until_it_succeeds_and_is_never_approved():
    conversation = an_asked_conversation()
    conversation.gets(protocol.McpToolCalled("c1", McpState.LOADING))

    assert conversation.gets(protocol.McpToolCalled("c1", McpState.AWAITING_APPROVAL)) == [
        Send(Convai().tool_refusal("c1"))
    ]
    assert conversation.says("Un momento")[0].interim
    conversation.gets(protocol.McpToolCalled("c1", McpState.FAILURE))
    assert not conversation.says("Debe 120")[0].interim


# -- losing --------------------------------------------------------------------------------------


def test_half_an_answer_is_not_said_if_the_turn_will_be_asked_again():
    conversation = an_asked_conversation()
    conversation.streams(START, "Debe ")

    effects = conversation.lost()

    assert effects[0] == TurnUnanswered("t1", Unanswered.LOST)
    assert len(effects) == 2


def test_a_whole_stream_is_said_before_the_end():
    conversation = an_asked_conversation()
    conversation.streams(START, "Debe 120", STOP)

    assert conversation.lost()[:2] == [Say("t1", "Debe 120", 2), ENDED]


def test_what_there_is_of_a_second_text_is_said_because_nobody_will_ask_for_it_again():
    conversation = an_answering_conversation()
    conversation.streams(START, "y ade")

    assert conversation.lost()[:2] == [Say("t1", "y ade", 2), ENDED]


def test_closing_gives_an_open_turn_back():
    conversation = an_asked_conversation()

    assert conversation.on(CloseWanted("draining")) == [
        TurnUnanswered("t1", Unanswered.CLOSED),
        Hangup(1000, "draining"),
    ]
    conversation.lost(1000)
    assert (conversation.verdict().kind, conversation.verdict().reason) == (
        Kind.NORMAL,
        "draining",
    )
