"""The typing indicator: only while the turn is unanswered, and never worth an error."""

from __future__ import annotations

import pytest

from conversation.doorbells import BellKind, Doorbell
from conversation.messages import InboundState
from conversation.signals import Signal
from functions.reply_sender.show_typing import Typing
from tests.unit.functions.reply_sender.world import (
    ANA,
    TIMED_OUT,
    TURN,
    World,
    a_message,
    a_question,
)


@pytest.fixture
def world():
    return World()


def show(world):
    typing = Typing(deliveries=world.table, twilio=world.twilio, signals=world.signals)
    typing.show(Doorbell(BellKind.TYPING, ANA, TURN))


def test_typing_is_shown_to_who_waits_for_an_answer(world):
    world.store(a_question(twilio_message_id="SM1"))

    show(world)

    assert world.twilio.typing == ["SM1"]


def test_typing_is_not_shown_once_the_answer_is_there(world):
    answered = a_question(twilio_message_id="SM1")
    world.store(a_message(**{**_fields(answered), "state": InboundState.ANSWERED}))

    show(world)

    assert world.twilio.typing == []


def test_typing_for_a_message_that_is_gone_is_nothing(world):
    show(world)

    assert world.twilio.typing == []


def test_an_indicator_that_fails_is_noted_and_that_is_all(world):
    world.store(a_question(twilio_message_id="SM1"))
    world.twilio.answers = [TIMED_OUT]

    show(world)

    assert world.signals == [
        (
            Signal.PROVIDER_FAILED,
            {
                "contact_id": ANA,
                "message_key": TURN,
                "reason": "twilio_unreachable",
                "where": "typing",
            },
        )
    ]


def _fields(message):
    return {name: getattr(message, name) for name in message.__slots__}
