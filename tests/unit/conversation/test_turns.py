"""Which messages are asked together."""

from __future__ import annotations

from datetime import UTC, datetime

from conversation.messages import (
    MAX_TURN_MESSAGES,
    Direction,
    InboundState,
    Kind,
    Message,
    OutboundState,
)
from conversation.turns import MAX_ASKS, next_turn

NEW, ASKED = InboundState.NEW, InboundState.ASKED


def a_message(key, state=NEW, direction=Direction.INBOUND, **more):
    return Message(
        contact_id="A" * 26, message_key=key, conversation_id="A" * 26, direction=direction,
        kind=Kind.MESSAGE, content=more.pop("content", key), state=state,
        sent_at=datetime(2026, 11, 23, tzinfo=UTC), **more,
    )  # fmt: skip


def test_without_anything_new_there_is_no_turn():
    answered = a_message("1", InboundState.ANSWERED)
    reply = a_message("1~001", OutboundState.PENDING, Direction.OUTBOUND)

    assert next_turn([answered, reply]) is None


def test_new_messages_are_one_turn_named_by_the_last():
    turn = next_turn([a_message("2", content="b"), a_message("1", content="a")])

    assert turn.keys == ("1", "2")
    assert turn.key == "2"
    assert turn.text == "a\nb"
    assert turn.attempts == 0


def test_a_turn_that_was_asked_is_asked_again_exactly_as_it_was():
    asked = [a_message("1", ASKED, turn="2", attempts=1), a_message("2", ASKED, turn="2")]

    turn = next_turn([*asked, a_message("3")])

    assert turn.keys == ("1", "2")
    assert turn.attempts == 1
    assert not turn.exhausted


def test_a_turn_asked_as_often_as_we_ask_is_exhausted():
    assert next_turn([a_message("1", ASKED, turn="1", attempts=MAX_ASKS)]).exhausted


def test_of_two_asked_turns_the_older_goes_first():
    two = [a_message("1", ASKED, turn="1"), a_message("2", ASKED, turn="2")]

    assert next_turn(two).keys == ("1",)


def test_a_flood_is_taken_in_turns_of_bounded_size():
    flood = [a_message(f"{n:03}") for n in range(MAX_TURN_MESSAGES + 5)]

    turn = next_turn(flood)

    assert len(turn.messages) == MAX_TURN_MESSAGES
    assert turn.keys[0] == "000"
