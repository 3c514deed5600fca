"""What the state says of messages that are stored with it."""

from datetime import UTC, datetime

from conversation.adapters.tables.mapping import said, said_instead
from conversation.adapters.tables.models import StateItem
from conversation.messages import Direction, Kind, Message, OutboundState

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
AT = "last_message_at = {'S': '2026-11-28T12:00:00.000000+0000'}"


def a_message(key):
    return Message(
        contact_id="A" * 26, message_key=key, conversation_id="A" * 26, sent_at=NOW,
        direction=Direction.OUTBOUND, kind=Kind.REPLY, content="hola", state=OutboundState.PENDING,
    )  # fmt: skip


def written(changes):
    return [str(change) for change in changes]


def test_every_message_counts_and_the_last_is_the_last_that_was_said():
    changes = said(StateItem, NOW, a_message("K1"), a_message("K2"))

    assert written(changes) == [AT, "last_message_key = {'S': 'K2'}", "message_count {'N': '2'}"]


def test_without_a_message_only_the_time_is_another():
    assert written(said(StateItem, NOW)) == [AT]


def test_what_takes_the_place_of_a_failed_message_does_not_count_again():
    changes = said_instead(StateItem, NOW, a_message("K2"))

    assert written(changes) == [AT, "last_message_key = {'S': 'K2'}"]
