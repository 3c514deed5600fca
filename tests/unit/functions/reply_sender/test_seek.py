"""Messages that Twilio may or may not have taken: found, or sent anew, and nothing past them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversation.identifiers import MessageSid
from conversation.messages import OutboundState
from conversation.outbox import claim_made
from conversation.signals import Signal
from conversation.variables import AmbiguousSend
from functions.reply_sender.steps import Done, Later
from tests.unit.functions.reply_sender.world import (
    NOW,
    TIMED_OUT,
    World,
    a_message,
)

PENDING, CLAIMED, SENT = OutboundState.PENDING, OutboundState.CLAIMED, OutboundState.SENT
FAILED, SKIPPED = OutboundState.FAILED, OutboundState.SKIPPED


@pytest.fixture
def world():
    return World()


def test_a_message_that_got_no_answer_holds_back_those_behind_it(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [TIMED_OUT]

    assert world.serve() == Later(10)
    assert world.serve() == Later(10)
    assert world.states == [CLAIMED, PENDING]
    assert world.bodies == ["part 1"]


def test_the_last_step_of_the_wait_is_no_longer_than_what_is_left_of_it(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()

    assert world.wait(57) == Later(3)


def test_accepted_then_timed_out_is_found_in_the_list(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers, world.twilio.takes_in_spite = [TIMED_OUT], True
    world.serve()

    assert world.wait(60) == Done()
    assert world.bodies == ["part 1", "part 2"]
    assert world.states == [SENT, SENT]
    assert Signal.REPLY_FOUND in world.signals.names()


def test_a_lost_message_is_found_where_it_went_though_its_person_writes_from_elsewhere_now(world):
    world.store(a_message(1))
    world.twilio.answers, world.twilio.takes_in_spite = [TIMED_OUT], True
    world.serve()
    world.alter(address="whatsapp:CO.1234567890")

    assert world.wait(60) == Done()
    assert world.bodies == ["part 1"]
    assert world.states == [SENT]


def test_what_twilio_lists_early_is_settled_then_and_what_is_behind_it_goes_out(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers, world.twilio.takes_in_spite = [TIMED_OUT], True
    world.serve()

    assert world.wait(19) == Later(1)
    assert world.twilio.asked == 0
    assert world.wait(1) == Done()
    assert world.bodies == ["part 1", "part 2"]
    assert world.states == [SENT, SENT]


def test_what_is_not_listed_early_is_not_sent_anew_before_its_time(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()

    assert [world.wait(10) for _ in range(5)] == [Later(10)] * 5
    assert (world.twilio.asked, world.states) == (1, [CLAIMED])
    assert world.wait(10) == Later(5)
    assert world.bodies == ["part 1"]


def test_an_early_look_takes_no_claim_from_a_sender_that_is_slow(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()
    claim = world.table.now(a_message(1)).claim

    world.wait(25)

    assert world.table.now(a_message(1)).claim == claim


def test_accepted_then_timed_out_is_found_by_its_callback(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers, world.twilio.takes_in_spite = [TIMED_OUT], True
    world.serve()
    world.table.advance(a_message(1), OutboundState.DELIVERED, MessageSid("SM1"), NOW)

    assert world.serve() == Done()
    assert world.bodies == ["part 1", "part 2"]
    assert world.twilio.asked == 0


def test_what_is_not_found_is_looked_for_twice_and_sent_anew_once(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()

    assert world.wait(60) == Later(5)
    assert world.serve() == Later(5)
    assert world.twilio.asked == 1
    assert world.wait(5) == Done()
    assert world.bodies == ["part 1", "part 1"]
    assert world.states == [SENT]
    assert next(iter(world.table.messages.values())).attempts == 1


def test_a_list_that_lags_is_believed_the_second_time(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()
    world.wait(60)
    world.twilio.list(world.twilio.posted[0], created_at=NOW)

    assert world.wait(5) == Done()
    assert world.bodies == ["part 1"]


def test_what_twilio_took_and_could_not_deliver_failed(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT]
    world.serve()
    world.twilio.list(world.twilio.posted[0], status="undelivered", error_code=63024)

    world.wait(60)

    assert world.states == [FAILED]
    assert next(iter(world.table.messages.values())).reason == "not_on_whatsapp"


def test_hold_leaves_what_is_not_found_to_a_person():

    world = World(ambiguous=AmbiguousSend.HOLD)
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [TIMED_OUT]
    world.serve()
    world.wait(60)

    assert world.wait(5) == Done()
    assert world.states == [OutboundState.UNSURE, SENT]
    assert Signal.REPLY_UNSURE in world.signals.names()


def test_a_message_that_never_gets_an_answer_is_not_sent_for_ever(world):
    world.store(a_message(1))
    world.twilio.answers = [TIMED_OUT] * 10
    while world.unfinished():
        world.serve()
        world.wait(60)
        world.wait(5)

    assert len(world.bodies) == 4
    assert world.states == [OutboundState.UNSURE]


def test_a_crash_after_the_claim_is_looked_into_after_a_minute(world):

    world.store(a_message(1, state=CLAIMED, claim=claim_made(NOW), claimed_at=NOW))

    assert world.serve() == Later(10)
    assert world.wait(60) == Later(5)
    assert world.wait(5) == Done()
    assert world.bodies == ["part 1"]


def test_an_identical_text_sent_before_is_not_taken_for_the_lost_one(world):
    world.store(a_message(1, content="Sí"), a_message(2, content="Sí"))
    world.twilio.answers = [None, TIMED_OUT]
    world.serve()

    assert world.wait(60) == Later(5)
    assert world.states == [SENT, CLAIMED]


def test_a_lost_message_that_is_found_meanwhile_is_not_given_up(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [TIMED_OUT]
    world.serve()
    world.store(replace(world.table.now(a_message(1)), attempts=3))
    world.wait(60)
    world.table.unsure = lambda message, _: (
        not world.table.advance(message, SENT, MessageSid("SM1"), NOW)
    )

    assert world.wait(5) == Done()
    assert world.states == [SENT, SENT]
    assert Signal.REPLY_UNSURE not in world.signals.names()
