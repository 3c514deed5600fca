"""One contact over all its sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from connector import protocol
from connector.dialogue import words
from connector.dialogue.machine import Dialogue
from connector.dialogue.policy import DialoguePolicy
from connector.session import words as talk
from connector.session.closing import Kind as Ending
from connector.session.closing import Verdict
from connector.session.words import Lost
from conversation.messages import InboundState, Notice, OutboundState
from conversation.state import Status
from conversation.variables import OpenPolicy, Unsolicited
from tests.unit.connector.dialogue.world import POLICY, START, World


@pytest.fixture
def world():
    return World()


def test_a_message_opens_a_session_is_asked_and_answered(world):
    world.answered_turn("hola", "¡Hola!")

    assert world.asked() == ["hola"]
    assert world.said() == ["¡Hola!"]
    assert world.states() == [InboundState.ANSWERED]
    assert not world.dialogue.busy


def test_nothing_is_sent_before_the_table_has_the_turn(world):
    world.person_writes("hola")
    world.session_opens()
    world.asks_refused = 1

    world.time_passes(0.29)
    assert world.asked() == []

    world.time_passes(1)
    assert world.asked() == ["hola"]
    assert len(world.of(words.StoreAsk)) == 2


def test_messages_that_come_together_are_one_turn(world):
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(0.2)
    world.person_writes("¿está abierto?")
    world.time_passes(0.4)

    assert world.asked() == ["hola\n¿está abierto?"]


def test_what_comes_while_the_agent_answers_is_the_next_turn(world):
    world.person_writes("una")
    world.session_opens()
    world.time_passes(1)
    world.person_writes("dos")
    world.person_writes("tres")

    assert world.asked() == ["una"]

    world.agent_says("respuesta a una")
    world.time_passes(1)
    assert world.asked() == ["una", "dos\ntres"]


def test_a_second_message_reuses_the_open_session(world):
    world.answered_turn()
    world.person_writes("otra")
    world.time_passes(1)
    world.agent_says("segunda", event_id=2)

    assert len(world.of(words.Dial)) == 1
    assert world.said() == ["¡Hola!", "segunda"]


def test_a_turn_whose_session_is_lost_is_asked_again_in_a_fresh_one(world):
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(1)
    world.socket_is_lost(1011)
    world.time_passes(5)
    world.session_opens("conv_2")
    world.agent_says("¡Hola!")

    assert world.asked() == ["hola", "hola"]
    assert world.said() == ["¡Hola!"]
    assert world.states() == [InboundState.ANSWERED]


def test_after_three_asks_the_turn_is_given_up(world):
    world.person_writes("hola")
    for n in range(3):
        world.session_opens(f"conv_{n}")
        world.time_passes(1)
        world.socket_is_lost(1011)
        world.time_passes(10)

    assert len(world.of(words.StoreGivenUp)) == 1
    assert world.states() == [InboundState.FAILED]
    assert len(world.asked()) == 3


def test_a_session_reopened_knows_what_was_said(world):
    world.answered_turn("hola", "¡Hola!")
    world.socket_is_lost(1000)
    world.person_writes("¿sigue ahí?")
    world.session_opens("conv_2")

    assert world.briefed[-1][1] == ("hola", "¡Hola!")
    assert len(world.of(words.Dial)) == 2


def test_the_turn_being_asked_is_not_told_as_history(world):
    world.person_writes("hola")
    world.session_opens()

    assert world.briefed == [(world.state, ())]


def test_a_new_call_replaces_the_session_before_the_next_turn(world):
    world.answered_turn()
    world.state = type(world.state)(
        contact_id=world.state.contact_id, agent_id="agent_2", context_version=1,
        call_id="call_2", last_inbound_at=START,
    )  # fmt: skip
    world.person_writes("otra")

    assert world.of(words.Hangup)
    world.socket_is_lost(1000)
    world.session_opens("conv_2")
    world.time_passes(1)
    assert world.of(words.Dial)[-1].agent_id == "agent_2"
    assert world.asked() == ["hola", "otra"]


def test_no_turn_begins_in_the_last_minute_of_a_session(world):
    world.answered_turn()
    world.time_passes(530)
    hung_up = len(world.of(words.Hangup))
    world.time_passes(20)

    assert hung_up == 0
    assert len(world.of(words.Hangup)) == 1


def test_a_session_at_its_end_is_renewed_if_the_person_wrote_lately(world):
    world.answered_turn()
    world.time_passes(400)
    world.person_writes("otra")
    world.time_passes(1)
    world.agent_says("sí", event_id=2)
    world.time_passes(200)
    world.socket_is_lost(1000)

    assert len(world.of(words.WantOpen)) == 2
    assert world.of(words.WantOpen)[-1].eager  # people who are writing go first
    assert [over.quiet for over in world.of(words.StoreClosed)] == [False]


def test_a_session_at_its_end_is_not_renewed_for_a_person_who_is_gone(world):
    world.answered_turn()
    world.time_passes(560)
    world.socket_is_lost(1000)

    assert len(world.of(words.WantOpen)) == 1
    assert [over.quiet for over in world.of(words.StoreClosed)] == [True]
    assert world.dialogue.restful


def test_an_operator_who_closes_a_socket_does_not_make_its_person_quiet(world):
    world.answered_turn()
    world.tell(words.Wished(words.Wish.CLOSE))
    world.socket_is_lost(1000)

    assert [over.quiet for over in world.of(words.StoreClosed)] == [False]


def test_a_turn_with_interim_texts_only_is_answered_by_them(world):
    world.person_writes("hola")
    shown = frozenset({"agent_response_complete", "agent_tool_request", "agent_tool_response"})
    world.session_opens(policy=replace(POLICY, client_events=shown))
    world.time_passes(1)
    world.tell(words.Received(protocol.ToolRequested("buscar", "call_1", 1)))
    world.agent_says("Déjeme ver.", complete=False)
    world.time_passes(0)
    interim = [e.answer.final for e in world.of(words.StoreAnswer)]
    world.tell(words.Received(protocol.ToolAnswered("buscar", "call_1", 1)))
    world.tell(words.Received(protocol.AgentDone(1)))

    assert interim == [False]
    assert [e.answer.final for e in world.of(words.StoreAnswer)] == [False, True]
    assert world.said() == ["Déjeme ver."]
    assert world.states() == [InboundState.ANSWERED]


def test_an_agent_that_hangs_up_without_a_word_is_not_asked_again(world):
    world.person_writes("adiós")
    world.session_opens()
    world.time_passes(1)
    world.tell(words.Received(protocol.ToolAnswered("end_call", "call_1", event_id=1)))
    world.time_passes(5)
    world.socket_is_lost(1000)

    assert [e.reason for e in world.of(words.SetAside)] == ["agent_hung_up"]
    assert world.states() == [InboundState.ANSWERED]
    assert len(world.asked()) == 1


# -- notices -----------------------------------------------------------------------------------


def test_after_fifteen_seconds_the_person_is_asked_to_wait_and_the_late_answer_is_said(world):
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(20)
    world.agent_says("perdón, ya")

    assert world.notices() == [Notice.WAITING]
    assert world.said() == ["perdón, ya"]
    assert world.of(words.StoreAnswer)[0].answer.notice_unsent


def test_when_no_connection_can_be_made_there_is_one_notice_and_the_answer_comes_later(world):
    world.person_writes("hola")
    for _ in range(6):
        world.tell(words.MayOpen(POLICY))
        world.socket_is_lost()
        world.time_passes(61)
    assert world.notices() == [Notice.TROUBLE]

    world.session_opens()
    world.time_passes(1)
    world.agent_says("¡Hola!")
    assert world.said() == ["¡Hola!"]
    assert world.states() == [InboundState.ANSWERED]


def test_a_message_that_waits_long_for_room_is_told_of(world):
    world.person_writes("hola")
    world.time_passes(20)

    assert world.notices() == [Notice.WAITING]


def test_what_needs_a_change_of_configuration_is_not_retried_in_a_loop(world):
    world.person_writes("hola")
    world.tell(words.MayNotOpen(Verdict(Ending.CONFIGURATION, "auth")))
    world.time_passes(300)
    world.person_writes("¿hola?")

    assert len(world.of(words.WantOpen)) == 1
    assert world.notices() == [Notice.TROUBLE]
    assert world.of(words.StoreClosed)[0].attention == "auth"

    world.time_passes(400)
    assert len(world.of(words.WantOpen)) == 2


def test_a_session_that_ends_before_it_is_ready_is_not_reopened_at_once(world):
    world.person_writes("hola")
    world.tell(words.MayOpen(POLICY))
    world.tell(words.Opened())
    world.socket_is_lost(1000)

    assert len(world.of(words.WantOpen)) == 1
    assert world.dialogue.deadline > world.s


def test_retries_wait_as_long_as_the_server_asks(world):
    world.person_writes("hola")
    world.tell(words.MayNotOpen(Verdict(Ending.CONCURRENCY, "too_many", retry_after_s=30)))
    world.time_passes(29)
    assert len(world.of(words.WantOpen)) == 1

    world.time_passes(2)
    assert len(world.of(words.WantOpen)) == 2


# -- what is not asked -------------------------------------------------------------------------


def test_nothing_is_asked_for_a_person_who_opted_out():
    world = World(opted_out=True)
    world.person_writes("hola")

    assert [e.reason for e in world.of(words.SetAside)] == ["opted_out"]
    assert world.states() == [InboundState.EXPIRED]
    assert world.of(words.WantOpen) == []


def test_a_message_whose_window_has_closed_expires():
    world = World()
    world.person_writes("hola", ring=False)
    world.s = 24 * 3600
    world.tell(words.Rung())

    assert world.of(words.SetAside)[0].reason == "window_closed"
    assert world.states() == [InboundState.EXPIRED]


def test_a_person_who_writes_first_gets_the_default_agent():
    world = World(DialoguePolicy(default_agent_id="agent_d"), agent_id=None)
    world.person_writes("hola")

    assert world.of(words.WantOpen)[0].agent_id == "agent_d"


def test_without_an_agent_a_polite_sentence_is_due_once():
    world = World(agent_id=None)
    world.person_writes("hola")
    world.state = type(world.state)(
        contact_id=world.state.contact_id, last_inbound_at=START, reason="no_agent"
    )
    world.person_writes("¿hola?")

    assert [e.notice for e in world.of(words.SetAside)] == [Notice.NO_AGENT, None]
    assert world.of(words.SetAside)[0].status is Status.NEEDS_ATTENTION


def test_a_held_conversation_is_asked_when_the_pause_is_over():
    world = World(paused_until=START + timedelta(seconds=60))
    world.person_writes("hola")
    world.time_passes(59)
    assert world.of(words.WantOpen) == []

    world.time_passes(2)
    assert len(world.of(words.WantOpen)) == 1


# -- openers and what the agent says unasked -----------------------------------------------------


def called(policy=None, **state):
    return World(policy, call_id="call_1", context_version=1, last_inbound_at=None, **state)


def test_after_a_call_the_session_is_opened_ahead():
    world = called()
    world.opener_goes_out()

    assert world.of(words.WantOpen)[0].eager


def test_the_session_of_a_call_is_opened_ahead_once():
    world = called()
    world.opener_goes_out()
    world.session_opens()
    world.socket_is_lost(1000)
    world.tell(words.Rung())

    assert len(world.of(words.WantOpen)) == 1


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (DialoguePolicy(open_policy=OpenPolicy.LAZY), OutboundState.PENDING),
        (DialoguePolicy(), OutboundState.SKIPPED),
    ],
    ids=["lazy", "no opener"],
)
def test_no_session_is_opened_ahead(policy, state):
    world = called(policy)
    world.opener_goes_out(state)

    assert world.of(words.WantOpen) == []
    assert world.dialogue.restful


@pytest.mark.parametrize(
    ("choice", "kept"),
    [(Unsolicited.DELIVER, [True]), (Unsolicited.HOLD, [False]), (Unsolicited.DROP, [])],
)
def test_what_the_agent_says_unasked_follows_the_policy(choice, kept):
    world = World(DialoguePolicy(unsolicited=choice))
    world.answered_turn()
    world.agent_says("¿Sigue ahí?", event_id=7)
    world.time_passes(10)

    assert [e.deliver for e in world.of(words.StoreUnsolicited)] == kept


# -- operators, room and the end -----------------------------------------------------------------


def test_an_operator_can_close_the_socket_and_the_next_message_reopens(world):
    world.answered_turn()
    world.tell(words.Wished(words.Wish.CLOSE))
    world.socket_is_lost(1000)
    assert world.dialogue.restful

    world.person_writes("otra")
    assert len(world.of(words.WantOpen)) == 2


def test_an_operator_can_roll_the_session_over(world):
    world.answered_turn()
    world.tell(words.Wished(words.Wish.ROLL_OVER))
    world.socket_is_lost(1000)

    assert len(world.of(words.WantOpen)) == 2


def test_a_draining_dialogue_finishes_its_turn_and_asks_no_other(world):
    world.person_writes("una")
    world.session_opens()
    world.time_passes(1)
    world.tell(words.Wished(words.Wish.DRAIN))
    world.person_writes("dos")
    assert world.dialogue.busy

    world.agent_says("respuesta a una")
    world.time_passes(1)
    world.tell(Lost(1000))

    assert world.said() == ["respuesta a una"]
    assert world.asked() == ["una"]
    assert world.states() == [InboundState.ANSWERED, InboundState.NEW]


def test_an_idle_session_is_closed_and_the_dialogue_can_be_forgotten(world):
    world.answered_turn()
    world.time_passes(600)
    world.socket_is_lost(1000)

    assert world.dialogue.restful
    assert world.dialogue.deadline is None


def test_an_answer_longer_than_twenty_messages_is_committed_in_pieces(world):
    world.person_writes("cuénteme todo")
    world.session_opens()
    world.time_passes(1)
    world.agent_says("\n\n".join("palabra " * 190 for _ in range(25)))

    answers = [e.answer for e in world.of(words.StoreAnswer)]
    assert [len(a.parts) for a in answers] == [20, 5]
    assert [(a.first_ordinal, a.open) for a in answers] == [(1, True), (21, False)]


def test_a_turn_to_which_the_agent_twice_had_nothing_to_say_is_given_up():
    world = World()
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(1)
    world.tell(words.Received(protocol.AgentSaid("", 1)))
    world.time_passes(2)
    world.socket_is_lost(1000)
    world.time_passes(60)
    assert world.of(words.StoreGivenUp) == []

    world.session_opens("conv_2")
    world.time_passes(1)
    assert world.asked() == ["hola", "hola"]
    world.tell(words.Received(protocol.AgentSaid("", 1)))
    world.time_passes(2)
    world.socket_is_lost(1000)
    world.time_passes(60)

    assert len(world.of(words.StoreGivenUp)) == 1
    assert world.states() == [InboundState.FAILED]
    assert len(world.of(words.WantOpen)) == 2


def test_a_dialogue_knows_what_to_do_about_all_that_happens_and_all_that_a_session_wants():
    assert set(Dialogue.STEPS) == set(get_args(words.Input))
    assert set(Dialogue.CARRIED) == set(get_args(talk.Effect))


@pytest.mark.parametrize(("said", "kept"), [("\ud800", "\ufffd"), ("7" * 500_000, "7" * 64)])
def test_of_the_servers_name_for_a_turn_no_more_is_kept_than_an_item_can_hold(said, kept):
    world = World()
    world.answered_turn()
    world.clear()
    world.person_writes("otra")
    world.time_passes(1)
    world.agent_says("sí", event_id=said)

    assert [stored.answer.event_id for stored in world.of(words.StoreAnswer)] == [kept]
