"""Hours that are over are counted before anybody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conversation.hours import HOURS, Keeping, hour_of, hours_until, settled
from conversation.messages import Direction, OutboundState
from conversation.overview import Sample

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
SETTLED = [begins for begins in hours_until(NOW) if settled(begins, NOW)]


class Book:
    """Messages by time, and the hours that were kept."""

    def __init__(self, *times):
        self.times, self.kept, self.asked = times, {}, 0

    def samples(self, since, until):
        for at in self.times:
            if since <= at <= until:
                yield Sample(at, Direction.OUTBOUND, OutboundState.SENT, None)

    def known(self, since):
        self.asked += 1
        return [hour for begins, hour in self.kept.items() if begins >= since]

    def keep(self, hour):
        self.kept[hour.begins] = hour


def test_one_hour_a_run_is_counted_the_newest_first_until_all_are():
    book = Book()
    keeping = Keeping(book)

    runs = [keeping.keep_one(NOW) for _ in range(HOURS)]

    assert [hour.begins for hour in runs if hour] == SETTLED[::-1]
    assert set(book.kept) == set(SETTLED)


def test_when_all_are_counted_the_table_is_not_asked_again_before_the_next_hour():
    book = Book()
    keeping = Keeping(book)
    for _ in range(HOURS):
        keeping.keep_one(NOW)
    asked = book.asked

    assert keeping.keep_one(NOW + timedelta(minutes=29)) is None
    assert book.asked == asked
    assert keeping.keep_one(NOW + timedelta(minutes=31)).begins == SETTLED[-1] + timedelta(hours=1)


def test_a_message_belongs_to_the_hour_in_which_it_was_sent():
    begins = SETTLED[-1]
    book = Book(begins, begins + timedelta(minutes=59), begins + timedelta(hours=1))

    assert Keeping(book).keep_one(NOW).sent == 2


def test_an_hour_that_may_still_change_is_not_counted():
    assert SETTLED[-1] == hour_of(NOW) - timedelta(hours=3)
