"""The numbers of the last 24 hours."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.hours import counted
from conversation.messages import Direction, InboundState, OutboundState
from conversation.overview import Sample
from functions.panel.day import Counting, percentile

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


def sent(at=NOW, state=OutboundState.DELIVERED, latency_ms=None):
    return Sample(at, Direction.OUTBOUND, state, latency_ms)


def received(at=NOW, state=InboundState.ANSWERED):
    return Sample(at, Direction.INBOUND, state, None)


class Shelf:
    def __init__(self, *samples):
        self.all = list(samples)
        self.asked = []
        self.kept = {}

    def samples(self, since, until):
        self.asked.append(since)
        return iter(s for s in self.all if since <= s.at <= until)

    def known(self, since):
        return [hour for begins, hour in self.kept.items() if begins >= since]

    def keep(self, hour):
        self.kept[hour.begins] = hour


@pytest.mark.parametrize(
    ("times", "percent", "value"),
    [
        ([5], 50, 5),
        ([1, 2, 3, 4], 50, 2),
        ([1, 2, 3], 50, 2),
        (range(1, 101), 95, 95),
        ([1, 9], 95, 9),
    ],
)
def test_a_percentile_is_one_of_the_values(times, percent, value):
    assert percentile(list(times), percent) == value


def test_an_hour_counts_what_was_sent_received_and_failed():
    hour = counted(
        NOW,
        [
            sent(latency_ms=900),
            sent(latency_ms=300),
            sent(state=OutboundState.PENDING),
            sent(state=OutboundState.FAILED),
            received(),
            received(state=InboundState.FAILED),
        ],
    )

    assert (hour.sent, hour.received, hour.failed) == (2, 2, 2)
    assert hour.latencies == (300, 900)


def test_a_day_has_24_hours_and_this_one_is_the_last():
    day = Counting(
        Shelf(sent(), sent(NOW - timedelta(hours=23)), sent(NOW - timedelta(hours=24)))
    ).day(NOW)

    assert len(day.hours) == 24
    assert (day.hours[0].sent, day.hours[-1].sent, day.sent) == (1, 1, 2)


def test_hours_that_are_over_are_counted_once():
    shelf = Shelf(sent())
    counting = Counting(shelf)
    counting.day(NOW)

    counting.day(NOW + timedelta(seconds=61))

    assert shelf.asked == [
        NOW.replace(minute=0) - timedelta(hours=23),
        NOW.replace(minute=0) - timedelta(hours=2),
    ]


def test_a_day_without_answers_has_no_answer_time():
    assert Counting(Shelf(received())).day(NOW).answer_ms is None


def test_a_process_that_begins_counts_only_what_is_not_counted_for_good():
    shelf = Shelf(sent(), sent(NOW - timedelta(hours=20), latency_ms=700))
    first = Counting(shelf).day(NOW)

    second = Counting(shelf).day(NOW)

    assert first == second
    assert shelf.asked[1:] == [NOW.replace(minute=0) - timedelta(hours=2)]
    assert second.hours[3].latencies == (700,)


def test_an_hour_that_may_still_change_is_not_kept():
    shelf = Shelf(sent())
    Counting(shelf).day(NOW)

    assert max(shelf.kept) == NOW.replace(minute=0) - timedelta(hours=3)
