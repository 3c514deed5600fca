"""What a message waits for is the longest row of calls that followed one another."""

from __future__ import annotations

from tests.chaos.report import chain


def a_call(began, done, action="Query", table="hilo-conversation_messages"):
    return [began, done, "gateway", action, table]


def test_calls_side_by_side_count_as_one():
    trace = [a_call(1, 2), a_call(3, 6), a_call(4, 5), a_call(7, 8, "SendMessage", "hilo-inbox-0")]

    assert chain(trace, 0, 9) == [
        "Query conversation_messages", "Query conversation_messages", "SendMessage inbox-0",
    ]  # fmt: skip


def test_what_begins_before_or_ends_after_is_not_counted():
    trace = [a_call(0, 2), a_call(3, 4), a_call(5, 9)]

    assert len(chain(trace, 1, 8)) == 1


def test_what_nobody_waits_for_is_not_counted():
    beside = [
        a_call(1, 2, "GetItem"),
        a_call(3, 4, "PutItem", "hilo-socket_events"),
    ]

    assert chain(beside, 0, 9) == []
