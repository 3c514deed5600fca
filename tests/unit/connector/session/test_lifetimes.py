import pytest

from connector import protocol
from connector.protocol import Convai, PartKind
from connector.session import (
    AnswerSlow,
    Ask,
    CloseWanted,
    Ended,
    Expiring,
    Hangup,
    Kind,
    Lost,
    Odd,
    Oddity,
    Opened,
    Say,
    Send,
    State,
    TurnEnded,
    TurnUnanswered,
    Unanswered,
    Waiting,
)
from connector.session.talk import Talk
from connector.session.transitions import TRANSITIONS, Rule, Step
from conversation.errors import Defect
from tests.unit.connector.session.conversations import (
    a_dialing_conversation,
    a_policy,
    a_ready_conversation,
    a_settling_conversation,
    an_answering_conversation,
    an_asked_conversation,
    an_initiating_conversation,
    open_turn,
)

LONG = {"max_duration_s": 7200.0}


@pytest.mark.parametrize(
    "build",
    [
        an_initiating_conversation,
        a_settling_conversation,
        a_ready_conversation,
        an_asked_conversation,
        an_answering_conversation,
    ],
)
def test_a_ping_is_answered_at_once(build):
    conversation = build()

    assert conversation.gets(protocol.Ping(7)) == [Send(Convai().pong(7))]
    assert conversation.session.last_ping == conversation.now


def test_after_our_close_nothing_is_sent_any_more():
    conversation = a_ready_conversation()
    conversation.on(CloseWanted("operator"))

    assert conversation.gets(protocol.Ping(7)) == []
    assert conversation.gets(protocol.ClientToolCalled("t", "c", 2)) == []


def test_an_idle_session_is_closed_after_thirty_minutes():
    conversation = a_ready_conversation(**LONG)
    conversation.asks()
    conversation.says("buenas")
    conversation.done()

    assert conversation.wait(1799) == []
    assert conversation.wait(1) == [Hangup(1000, "idle")]
    conversation.lost(1000)
    assert conversation.verdict().kind is Kind.IDLE


def test_a_session_tells_once_that_no_other_turn_fits():
    conversation = a_ready_conversation()
    left = 540 - conversation.now

    assert conversation.wait(left - 0.1) == []
    assert conversation.session.can_ask(conversation.now)
    assert conversation.wait(0.1) == [Expiring()]
    assert not conversation.session.can_ask(conversation.now)
    assert conversation.wait(500) == []


@pytest.mark.parametrize(("limit_s", "until"), [(60.0, 30.0), (100.0, 50.0), (120.0, 60.0)])
def test_where_the_limit_is_short_turns_begin_in_its_first_half(limit_s, until):
    conversation = a_ready_conversation(max_duration_s=limit_s)

    assert conversation.session.can_ask(until - 0.1)
    assert not conversation.session.can_ask(until)


def test_a_turn_that_does_not_fit_is_refused():
    conversation = a_ready_conversation()
    conversation.wait(540)

    with pytest.raises(Defect):
        conversation.asks()
    assert conversation.session.state is State.READY


def test_a_session_that_expires_in_the_middle_of_a_turn_tells_it_afterwards():
    conversation = a_ready_conversation()
    conversation.wait(530)
    conversation.asks()
    conversation.wait(14)
    conversation.says("buenas")

    assert conversation.done() == [TurnEnded("t1", answered=True), Expiring()]


def test_without_a_sign_of_life_after_the_first_ping_the_session_is_given_up():
    conversation = a_ready_conversation()
    conversation.gets(protocol.Ping(1))

    assert conversation.wait(89.9) == []
    assert conversation.wait(0.1) == [Hangup(1000, "dead_peer")]


def test_any_frame_is_a_sign_of_life():
    conversation = a_ready_conversation()
    conversation.gets(protocol.Ping(1))
    conversation.gets(protocol.Ignored("audio"), after=80)

    assert conversation.wait(80) == []


def test_a_server_that_never_pings_is_not_expected_to():
    assert a_ready_conversation().wait(500) == []


def test_a_dead_peer_gives_the_open_turn_back():
    conversation = a_ready_conversation()
    conversation.gets(protocol.Ping(1))
    conversation.asks()

    assert conversation.wait(90) == [
        AnswerSlow("t1"),
        TurnUnanswered("t1", Unanswered.LOST),
        Hangup(1000, "dead_peer"),
    ]


def test_between_turns_the_server_is_told_that_the_person_is_there():
    conversation = a_ready_conversation(keep_alive_s=25.0)

    assert conversation.wait(60) == [Send(Convai().user_activity())] * 2


def test_nothing_is_sent_to_keep_alive_a_session_that_owes_an_answer():
    conversation = an_asked_conversation(keep_alive_s=5.0)

    assert conversation.wait(60) == [AnswerSlow("t1")]


def test_frames_that_are_not_understood_are_told_and_change_nothing():
    conversation = an_asked_conversation()

    assert conversation.gets(protocol.Unknown("new")) == [Odd(Oddity.UNKNOWN_FRAME, "new")]
    assert conversation.gets(protocol.Malformed("ping.event_id")) == [
        Odd(Oddity.MALFORMED_FRAME, "ping.event_id")
    ]
    assert open_turn(conversation.session) == "t1"


# -- the agent hangs up --------------------------------------------------------------------------


def test_after_end_call_the_farewell_is_said_and_the_server_closes():
    conversation = an_asked_conversation()
    conversation.streams(PartKind.START, "Adiós", PartKind.STOP)

    assert conversation.tool_answers(name="end_call") == []
    assert conversation.lost(1000)[:2] == [Say("t1", "Adiós", 2), TurnEnded("t1", answered=True)]
    assert conversation.verdict().reason == "end_call"


def test_after_end_call_we_close_if_the_server_does_not():
    conversation = an_answering_conversation()
    conversation.tool_answers(name="end_call")

    assert conversation.wait(2) == [TurnEnded("t1", answered=True), Hangup(1000, "end_call")]
    (ended,) = conversation.wait(5)
    assert ended.verdict.kind is Kind.AGENT_ENDED


def test_a_farewell_that_is_just_coming_is_not_cut():
    conversation = an_asked_conversation()
    conversation.tool_answers(name="end_call")
    conversation.wait(1.9)
    conversation.streams(PartKind.START, "Adi")

    assert conversation.wait(1.4) == []
    assert conversation.says("Adiós") == [
        Say("t1", "Adiós", 2),
        TurnEnded("t1", answered=True),
        Hangup(1000, "end_call"),
    ]


def test_half_a_farewell_is_said_because_nobody_will_ask_again():
    conversation = an_asked_conversation()
    conversation.streams(PartKind.START, "Adi")
    conversation.tool_answers(name="end_call")

    assert conversation.lost(1000)[:2] == [Say("t1", "Adi", 2), TurnEnded("t1", answered=True)]


def test_an_agent_that_hangs_up_without_a_word_has_ended_the_turn():
    conversation = an_asked_conversation()
    conversation.tool_answers(name="end_call")

    assert conversation.lost(1000)[0] == TurnEnded("t1", answered=False)


def test_an_end_call_that_failed_ends_nothing():
    conversation = an_asked_conversation()
    conversation.tool_answers(name="end_call", is_error=True)

    assert conversation.session.state is State.ASKED


def test_an_agent_may_hang_up_between_turns():
    conversation = a_ready_conversation()
    conversation.tool_answers(name="end_call")

    assert conversation.wait(2) == [Hangup(1000, "end_call")]


def test_no_turn_is_asked_of_an_agent_that_hung_up():
    conversation = a_ready_conversation()
    conversation.tool_answers(name="end_call")

    assert not conversation.session.can_ask(conversation.now)


# -- errors and ends -----------------------------------------------------------------------------


def test_an_announced_error_is_the_reason_of_the_end():
    conversation = an_asked_conversation()
    fault = protocol.ServerFault(
        1008, "override_error", "Override for field 'text_only' is not allowed by config."
    )
    conversation.gets(fault)
    conversation.gets(protocol.ServerFault())

    given_back, ended = conversation.lost(1008)

    assert given_back == TurnUnanswered("t1", Unanswered.LOST)
    assert (ended.verdict.kind, ended.verdict.subject) == (Kind.CONFIGURATION, "text_only")


def test_after_an_announced_error_we_close_if_the_server_does_not():
    conversation = a_ready_conversation()
    conversation.gets(protocol.ServerFault(1011, "redis_timeout_error"))

    assert conversation.wait(2) == [Hangup(1000, "redis_timeout_error")]
    assert conversation.lost(1000)[0].verdict.kind is Kind.RETRYABLE


def test_a_close_by_the_server_without_a_word_is_the_agents():
    conversation = a_ready_conversation()

    assert conversation.lost(1000)[0].verdict.kind is Kind.AGENT_ENDED


def test_a_close_at_the_servers_maximum_is_the_maximum():
    conversation = a_ready_conversation()
    conversation.wait(600 - conversation.now)

    assert conversation.lost(1000)[0].verdict.kind is Kind.MAX_DURATION


def test_the_servers_maximum_in_the_middle_of_a_turn_gives_it_back():
    conversation = a_ready_conversation()
    conversation.wait(530)
    conversation.asks()

    assert TurnUnanswered("t1", Unanswered.LOST) in conversation.lost(1000)


def test_a_dial_can_be_called_off():
    conversation = a_dialing_conversation()

    assert conversation.on(CloseWanted("operator")) == [Hangup(1000, "operator")]
    assert conversation.on(Opened()) == []
    assert conversation.lost()[0].verdict.kind is Kind.NORMAL


def test_a_close_that_nobody_confirms_ends_by_itself():
    conversation = a_ready_conversation()
    conversation.on(CloseWanted("operator"))

    assert [type(effect) for effect in conversation.wait(5)] == [Ended]
    assert conversation.on(Lost(1000)) == []


def test_what_can_be_looked_at():
    conversation = a_dialing_conversation()
    assert (conversation.session.opened_at, conversation.session.last_activity) == (None, None)
    assert conversation.session.deadline is None

    conversation = an_asked_conversation()

    session = conversation.session
    assert (session.session_id, session.opened_at, session.turns) == ("conv_1", 0.0, 1)
    assert session.last_activity == conversation.now
    assert open_turn(session) == "t1"


def test_a_turn_is_not_asked_while_another_is_open():
    with pytest.raises(Defect):
        an_asked_conversation().on(Ask("t2", "otra cosa"))


def test_a_talk_without_a_turn_has_none_to_give():
    with pytest.raises(Defect):
        Talk(a_policy(), []).open()


def test_a_message_may_wait_behind_an_agent_that_hung_up_between_turns():
    conversation = a_ready_conversation()
    conversation.tool_answers(name="end_call")

    assert conversation.on(Waiting(another=True)) == []


def test_a_machine_that_does_not_follow_its_table_is_a_defect(monkeypatch):
    conversation = a_ready_conversation()
    nowhere = Rule(Step.ASK, frozenset({State.READY}))
    monkeypatch.setitem(TRANSITIONS, (State.READY, Ask), nowhere)

    with pytest.raises(Defect, match="led from ready to asked"):
        conversation.asks()


def test_a_session_without_an_id_never_gets_ready():
    conversation = a_settling_conversation()
    conversation.session.session_id = None

    with pytest.raises(Defect):
        conversation.wait(1)
