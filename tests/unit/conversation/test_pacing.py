"""Openers are paced to what WhatsApp's tier allows in any 24 hours."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.batches import Decision, Outcome
from conversation.eligibility import Why
from conversation.pacing import FRESH, DailyPace, Spent, Unpaced
from tests.calls import NOW, Bells, MemoryStarts, a_call, a_continuation

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Ledger:
    """In memory, as the table keeps it."""

    def __init__(self):
        self.spent = Spent()
        self.asked = 0
        self._lock = threading.Lock()

    def reserve(self, most, limit, now):
        with self._lock:
            self.asked += 1
            count = min(most, self.spent.room(limit, now))
            self.spent = self.spent.plus(count, now)
            return count


class Clock:
    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def clock():
    return Clock()


@given(st.lists(st.tuples(st.floats(0, 20_000), st.integers(1, 9)), max_size=60))
def test_no_day_ever_holds_more_than_the_limit(wants):
    spent, now, taken = Spent(), START, []
    for seconds, want in wants:
        now += timedelta(seconds=seconds)
        count = min(want, spent.room(20, now))
        spent = spent.plus(count, now)
        taken += [now] * count

    assert all(last - first >= DAY for first, last in zip(taken, taken[20:], strict=False))
    assert len(spent.by_hour) <= 25


def test_a_day_later_there_is_room_again():
    spent = Spent().plus(5, START)

    assert spent.room(5, START + timedelta(hours=24)) == 0
    assert spent.room(5, START + timedelta(hours=25)) == 5


def test_several_processes_take_no_more_than_the_limit_together(ledger, clock):
    paces = [DailyPace(ledger, 100, clock) for _ in range(3)]
    taken = []

    def take_all(pace):
        while pace.take(START):
            taken.append(1)

    threads = [threading.Thread(target=take_all, args=(pace,)) for pace in paces for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 100


def test_one_write_reserves_several(ledger, clock):
    pace = DailyPace(ledger, 1000, clock)

    assert all(pace.take(START) for _ in range(40))
    assert ledger.asked == 2


def test_what_was_not_needed_is_taken_by_the_next(ledger, clock):
    pace = DailyPace(ledger, 1, clock)

    assert pace.take(START)
    pace.give_back()
    assert pace.take(START)
    assert not pace.take(START)


def test_what_was_reserved_long_ago_is_not_used_any_more(ledger, clock):
    pace = DailyPace(ledger, 100, clock)
    pace.take(START)

    pace.take(START + FRESH + timedelta(seconds=1))

    assert ledger.asked == 2


def test_once_the_day_is_used_up_nobody_asks_for_a_minute(ledger, clock):
    pace = DailyPace(ledger, 1, clock)
    pace.take(START)
    assert not pace.take(START)

    assert not pace.room()
    asked = ledger.asked
    assert not pace.take(START)
    assert ledger.asked == asked

    clock.now = START + FRESH
    assert pace.room()


def test_without_a_limit_there_is_always_room():
    pace = Unpaced()
    pace.give_back()

    assert pace.room()
    assert pace.take(START)


def test_a_call_that_is_beyond_the_day_waits_and_one_that_was_started_does_not(ledger, clock):
    clock.now = NOW
    starts, bells = MemoryStarts(), Bells()
    continuation = a_continuation(starts, bells=bells, pace=DailyPace(ledger, 1, clock))

    first = continuation(a_call(), NOW)
    second = continuation(a_call(call_id="conv_2", number="+573001112233"), NOW)
    again = continuation(a_call(), NOW)

    assert (first.outcome, again.outcome) == (Outcome.STARTED, Outcome.STARTED)
    assert second == Decision(Outcome.WAITING, Why.DAILY_LIMIT)
    assert len(starts.openers) == 1


def test_what_sends_nothing_takes_nothing(ledger, clock):
    clock.now = NOW
    continuation = a_continuation(
        MemoryStarts(), pace=DailyPace(ledger, 1, clock), OPENERS="dry-run"
    )

    assert continuation(a_call(), NOW).outcome is Outcome.STARTED
    assert ledger.asked == 0
