"""How fast sockets are opened."""

import random

import pytest

from connector.pace import CAP_S, Pace


class Most(random.Random):
    """Chance at its worst."""

    def uniform(self, a, b):
        return b


def a_pace(rate=2.0):
    return Pace(rate, Most())


def test_a_burst_goes_at_once_and_then_at_the_rate():
    pace = a_pace(rate=2.0)
    for _ in range(2):
        assert pace.ready(10.0)
        pace.take(10.0)

    assert not pace.ready(10.0)
    assert pace.ready_at(10.0) == 10.5
    assert pace.ready(10.5)


def test_an_idle_hour_saves_up_one_burst_and_no_more():
    pace = a_pace(rate=2.0)
    pace.take(0.0)
    for _ in range(2):
        pace.take(3600.0)

    assert not pace.ready(3600.0)


def test_a_slow_rate_still_lets_one_in():
    pace = a_pace(rate=0.1)

    assert pace.ready(0.0)
    pace.take(0.0)
    assert pace.ready_at(0.0) == pytest.approx(10.0)


def test_after_a_refusal_everything_waits_and_goes_on_slower():
    pace = a_pace(rate=8.0)

    pace.refused(0.0, None)

    assert pace.held(0.5)
    assert pace.ready_at(0.5) == 1.0
    assert pace.rate_per_s == 4.0


def test_a_server_that_says_how_long_is_obeyed():
    pace = a_pace()

    pace.refused(0.0, retry_after_s=17.0)

    assert pace.ready_at(0.0) == 17.0


def test_pauses_double_up_to_a_minute():
    pace = a_pace()
    pauses = []
    for n in range(9):
        now = n * 1000.0
        pace.refused(now, None)
        pauses.append(pace.held_until - now)

    assert pauses == [1, 2, 4, 8, 16, 32, CAP_S, CAP_S, CAP_S]


def test_it_never_stops_and_recovers_with_the_sessions_that_open():
    pace = a_pace(rate=16.0)
    for _ in range(20):
        pace.refused(0.0, None)
    assert pace.rate_per_s == 1.0

    for _ in range(30):
        pace.opened()

    assert pace.rate_per_s == 16.0
    pace.refused(100.0, None)
    assert pace.held_until == 101.0
