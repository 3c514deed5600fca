"""A deadline that is put off, taken back and let come, with a clock that the test holds."""

from __future__ import annotations

import selectors

import pytest

from connector.deadline import Deadline
from connector.loop import Loop


class Patience(selectors.BaseSelector):
    """Nothing is ever ready: each wait passes on the clock, in full and at once."""

    def __init__(self):
        self.now = 100.0
        self.waits = 0

    def register(self, fileobj, events, data=None):
        pass

    def unregister(self, fileobj):
        pass

    def select(self, timeout=None):
        assert timeout is not None, "nothing is to come any more"
        self.now += timeout
        self.waits += 1
        return []

    def get_map(self):
        return {}

    def close(self):
        pass


class World:
    def __init__(self):
        self.time = Patience()
        self.loop = Loop(lambda: self.time.now, self.time, on_error=self.fail)
        self.deadline = Deadline(self.loop)
        self.came = []

    def fail(self, error):
        raise error

    def set(self, delay_s, name="late"):
        self.deadline.set(delay_s, self.note, name)

    def note(self, name):
        self.came.append((name, self.time.now - 100.0))

    def live_until(self, seconds):
        over = self.loop.call_at(100.0 + seconds, lambda: None)
        while over.pending:
            self.loop.turn()


@pytest.fixture
def world():
    world = World()
    yield world
    world.loop.close()


def test_it_comes_once_and_in_time(world):
    world.set(5)

    world.live_until(60)

    assert world.came == [("late", 5.0)]


@pytest.mark.parametrize("delay_s", [3, 5, 10])
def test_another_takes_its_place_whether_it_is_sooner_or_later(world, delay_s):
    world.set(5, "first")
    world.live_until(1)

    world.set(delay_s, "second")
    world.live_until(60)

    assert world.came == [("second", 1.0 + delay_s)]


def test_one_that_is_put_off_a_hundred_times_wakes_nobody_in_between(world):
    for at in range(1, 101):
        world.set(50, f"at {at}")
    waits = world.time.waits

    world.live_until(49)

    assert world.time.waits == waits + 1
    assert world.came == []


def test_put_off_again_when_its_timer_came_early_it_still_comes_in_time(world):
    world.set(5, "first")
    world.live_until(4)
    world.set(5, "second")
    world.live_until(8)
    world.set(5, "third")

    world.live_until(60)

    assert world.came == [("third", 13.0)]


def test_cleared_it_does_not_come_and_lets_go_of_what_was_to_run(world):
    world.set(5)

    world.deadline.clear()
    world.deadline.clear()
    world.live_until(60)

    assert world.came == []


def test_it_may_be_set_again_by_what_it_runs_and_after_it_was_cleared(world):
    world.deadline.set(1, world.set, 2, "again")
    world.live_until(10)
    world.deadline.clear()
    world.set(1, "anew")

    world.live_until(60)

    assert world.came == [("again", 3.0), ("anew", 11.0)]
