"""How many turns one person may have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversation.floods import DAY, HOUR, MINUTE, FloodLimits

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = FloodLimits(a_minute=3, an_hour=5, a_day=7)


def ago(*seconds):
    return tuple(NOW - timedelta(seconds=s) for s in sorted(seconds, reverse=True))


def test_without_limits_nothing_is_counted_or_held():
    free = FloodLimits()

    assert free.with_one_more(ago(1, 2), NOW) == ()
    assert free.held_until(ago(*range(50)), NOW) is None
    assert not free.stop(ago(*range(50)), NOW)


def test_within_a_minute_the_fourth_waits_until_the_first_is_a_minute_old():
    assert LIMITS.held_until(ago(50, 20), NOW) is None
    assert LIMITS.held_until(ago(50, 20, 10), NOW) == NOW + timedelta(seconds=10)
    assert LIMITS.held_until(ago(60, 20, 10), NOW) is None


def test_after_so_many_in_an_hour_or_a_day_nothing_is_asked_for_a_while():
    assert not LIMITS.stop(ago(3000, 2000, 1000, 900), NOW)
    assert LIMITS.stop(ago(3000, 2000, 1000, 900, 800), NOW)
    assert not LIMITS.stop(ago(3600, 2000, 1000, 900, 800), NOW)
    assert LIMITS.stop(ago(*(10_000 * n for n in range(1, 8))), NOW)


def test_only_what_still_counts_is_kept():
    asked = ago(90_000, 80_000, 100)

    assert LIMITS.with_one_more(asked, NOW) == (*ago(80_000, 100), NOW)
    assert len(LIMITS.with_one_more(ago(*range(1, 20)), NOW)) == 7


@given(st.lists(st.floats(0.1, 400), max_size=120))
def test_no_window_ever_holds_more_turns_than_its_limit(gaps):
    """Whoever asks whenever it is allowed, at any pace."""
    asked, all_of_them, now = (), [], NOW
    for gap in gaps:
        now += timedelta(seconds=gap)
        if LIMITS.held_until(asked, now) is None and not LIMITS.stop(asked, now):
            asked = LIMITS.with_one_more(asked, now)
            all_of_them.append(now)

    for span, most in ((MINUTE, 3), (HOUR, 5), (DAY, 7)):
        for first, last in zip(all_of_them, all_of_them[most:], strict=False):
            assert last - first >= span - timedelta(seconds=1)


def test_a_clock_that_is_set_back_an_hour_makes_nobody_wait_for_one():
    asked = tuple(at + HOUR for at in ago(*range(20)))

    assert LIMITS.held_until(asked, NOW) is None
    assert not LIMITS.stop(asked, NOW)
    assert LIMITS.with_one_more(asked, NOW) == (NOW,)


def test_another_connectors_clock_may_be_some_seconds_ahead():
    asked = tuple(at + timedelta(seconds=5) for at in ago(3, 2, 1))

    assert LIMITS.held_until(asked, NOW) == asked[0] + MINUTE
