"""What a loop that comes late, or a machine that has long been up, must not change."""

from __future__ import annotations

from connector import protocol
from connector.dialogue import words
from conversation.state import ConversationState
from tests.unit.connector.dialogue.world import POLICY, World


def test_a_frame_between_the_pause_and_its_timer_does_not_swallow_the_ask():
    world = World()
    world.answered_turn()
    world.person_writes("otra")

    world.s += 0.35
    world.tell(words.Received(protocol.Ping(7)))

    assert world.asked() == ["hola", "otra"]


def test_a_second_message_during_a_dial_leaves_the_dial_alone():
    world = World()
    world.s = 100_000.0
    world.person_writes("hola")
    world.tell(words.MayOpen(POLICY))

    world.s += 0.1
    world.person_writes("¿está abierto?")

    assert world.of(words.Hangup) == []


def test_an_open_session_lets_go_of_what_was_said():
    world = World()
    world.answered_turn()

    assert world.dialogue._reading.past == []


def test_an_open_session_lets_go_of_what_it_was_told_of_the_call():
    world = World(call_summary="Preguntó por el pedido.", dynamic_variables={"debt": 120})
    world.answered_turn()

    kept = world.dialogue.state
    assert not isinstance(kept, ConversationState)
    assert kept == world.state.told()


def test_room_that_is_granted_late_opens_nothing_that_does_not_know_of_the_call():
    world = World(call_summary="Preguntó por el pedido.")
    world.answered_turn()
    world.socket_is_lost(1000)

    world.tell(words.MayOpen(POLICY))

    assert len(world.of(words.Dial)) == 1
    assert world.dialogue.state == world.state  # it was read anew, and whole


def test_a_session_that_ends_during_a_reading_is_followed_by_one_that_knows_the_call():
    world = World(call_summary="Preguntó por el pedido.")
    world.answered_turn()
    ends = [lambda: world.socket_is_lost(1000)]
    world.during_look = lambda: ends and ends.pop()()

    world.person_writes("¿sigue ahí?")
    world.session_opens("conv_2")

    assert [state.call_summary for state, _ in world.briefed] == ["Preguntó por el pedido."] * 2


def test_what_was_answered_is_not_kept_and_a_late_text_still_belongs_to_it():
    world = World()
    world.answered_turn("hola")
    key = world.of(words.StoreAnswer)[0].answer.turn.key
    world.person_writes("otra")
    world.time_passes(1)
    world.clear()

    world.agent_says("y algo más", event_id=1, complete=False)

    [stored] = world.of(words.StoreAnswer)
    assert (stored.answer.turn.key, stored.answer.first_ordinal) == (key, 2)
    assert not stored.answer.open
    assert [message.content for message in stored.answer.turn.messages] == [""]
