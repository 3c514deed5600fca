"""A person whose turn has to wait until there is room for a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.dialogue import words
from connector.session.closing import NO_ROOM
from conversation.messages import Notice
from conversation.state import ConversationState
from tests.unit.connector.dialogue.world import POLICY, START, World

SUMMARY = "Preguntó por el pedido."


@pytest.fixture
def world():
    world = World(call_summary=SUMMARY)
    world.opener_goes_out()
    world.person_writes("hola")
    world.tell(words.MustWait())
    return world


def comes_in(world):
    """There is room: it is read anew, asks again, and is let in at once."""
    world.tell(words.MayOpen(POLICY))
    world.session_opens()


def test_while_it_waits_nothing_of_the_call_or_of_the_past_is_kept(world):
    assert not isinstance(world.dialogue.state, ConversationState)
    assert world.dialogue._reading.past == []


def test_once_there_is_room_the_session_knows_the_call_and_the_past(world):
    comes_in(world)

    [(state, past)] = world.briefed
    assert (state.call_summary, past) == (SUMMARY, ("Hola…",))


def test_what_is_written_meanwhile_is_read_once_and_asked_in_the_same_turn(world):
    looks = []
    world.during_look = lambda: looks.append(1)
    world.person_writes("¿están?")
    world.person_writes("es por el pedido")
    assert looks == []

    comes_in(world)
    world.time_passes(1)

    assert looks == [1]
    assert world.asked() == ["hola\n¿están?\nes por el pedido"]


def test_after_fifteen_seconds_the_person_is_told(world):
    world.time_passes(16)

    assert world.notices() == [Notice.WAITING]


@pytest.mark.parametrize(
    "meanwhile", [{"opted_out": True}, {"paused_until": START + timedelta(hours=1)}]
)
def test_room_that_comes_when_no_session_may_be_opened_any_more_is_given_back(world, meanwhile):
    world.state = replace(world.state, **meanwhile)
    world.tell(words.MayOpen(POLICY))

    assert world.of(words.Dial) == []
    assert len(world.of(words.WantNone)) == 1


def test_after_a_pause_room_is_asked_for_again(world):
    world.state = replace(world.state, paused_until=START + timedelta(hours=1))
    world.tell(words.MayOpen(POLICY))
    world.clear()

    world.time_passes(3601)

    assert len(world.of(words.WantOpen)) == 1


def test_room_that_is_used_is_not_given_back(world):
    comes_in(world)

    assert world.of(words.WantNone) == []
    assert len(world.of(words.Dial)) == 1


def test_a_refusal_does_not_lose_what_was_written_while_there_was_nothing_in_hand(world):
    world.person_writes("¿están?")

    world.tell(words.MayNotOpen(NO_ROOM))
    comes_in(world)
    world.time_passes(1)

    assert world.asked() == ["hola\n¿están?"]
