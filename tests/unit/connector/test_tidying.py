"""When garbage is collected, and when the long-lived are looked at."""

import gc

import pytest

from connector.door import Door, Room
from connector.loop import nothing
from connector.measures import Measures
from connector.tidying import CALM, FEW, GROWN, MANY, WAVE, Garbage, Tidying


class Clockwork:
    """A loop of which only the next timer counts, and whether it would wait."""

    def __init__(self):
        self.next = None
        self.before_waiting = nothing
        self.lull = True

    def call_later(self, _seconds, run):
        self.next = run

    def idle(self):
        return self.lull


class FakeGarbage:
    """Notes what it is told, and has as much of everything as the test says."""

    def __init__(self):
        self.fresh = 0
        self.kept = 1_000
        self.told = []

    def __getattr__(self, name):
        return lambda: self.told.append(name)

    @property
    def tidied(self):
        """How often all of it was tidied, after the first time."""
        return self.told.count("tidy_all") - 1


@pytest.fixture
def world():
    loop, measures, garbage = Clockwork(), Measures(), FakeGarbage()
    loop.measures, loop.garbage, loop.door = measures, garbage, Door(Room(10, 1))
    loop.tidying = Tidying(loop, measures=measures, door=loop.door, garbage=garbage)
    loop.tidying.start()
    return loop


def test_from_the_start_on_nobody_else_collects(world):
    assert world.garbage.told == ["take_over", "tidy_all"]


@pytest.mark.parametrize(
    ("fresh", "lull", "tidies"),
    [
        (FEW - 1, True, False),
        (FEW, True, True),
        (FEW, False, False),
        (MANY - 1, False, False),
        (MANY, False, True),
    ],
)
def test_what_is_fresh_is_tidied_in_a_lull_or_where_it_is_too_much(world, fresh, lull, tidies):
    world.garbage.fresh, world.lull = fresh, lull

    world.before_waiting()

    assert ("tidy" in world.garbage.told) is tidies


def test_after_a_wave_of_openings_all_is_tidied_once_it_is_calm(world):
    world.measures.opens = WAVE
    world.next()
    assert world.garbage.tidied == 0
    world.measures.opens += CALM - 1
    world.next()
    world.next()

    assert world.garbage.tidied == 1


def test_a_few_openings_are_not_worth_it(world):
    world.measures.opens = WAVE - 1
    world.next()
    world.next()

    assert world.garbage.tidied == 0


def test_all_is_tidied_when_far_more_is_kept_than_it_left(world):
    world.garbage.kept = 1_000 * GROWN - 1
    world.next()
    assert world.garbage.tidied == 0
    world.garbage.kept = 1_000 * GROWN
    world.next()
    world.next()

    assert world.garbage.tidied == 1


def test_it_waits_for_people_at_the_door(world):
    world.measures.opens = WAVE
    world.next()
    world.door.ask("a", eager=False)
    world.door.ask("b", eager=False)

    world.next()
    assert world.garbage.tidied == 0
    world.door.left("b")
    world.next()

    assert world.garbage.tidied == 1


def test_at_the_end_the_collector_is_its_own_master_again(world):
    world.tidying.stop()

    assert world.garbage.told[-1] == "give_back"
    assert world.before_waiting is nothing


@pytest.fixture
def garbage():
    """The real one, given back whatever happens."""
    garbage = Garbage()
    garbage.take_over()
    yield garbage
    garbage.give_back()


class Knot:
    """A cycle that nobody holds."""

    ties = 0

    def __init__(self):
        self.end = self
        Knot.ties += 1

    def __del__(self):
        Knot.ties -= 1


def test_a_fresh_cycle_is_collected_and_what_lives_is_left_alone(garbage):
    garbage.tidy_all()
    Knot.ties = 0
    Knot()
    alive = [[] for _ in range(100)]
    kept, fresh = garbage.kept, garbage.fresh

    garbage.tidy()

    assert Knot.ties == 0
    assert garbage.kept >= kept + len(alive)
    assert garbage.fresh < fresh


def test_a_cycle_that_was_left_alone_is_collected_by_the_great_tidying(garbage):
    Knot.ties = 0
    held = [Knot()]
    garbage.tidy()
    held.clear()

    garbage.tidy()
    assert Knot.ties == 1
    garbage.tidy_all()

    assert Knot.ties == 0
    assert garbage.kept > 1_000


def test_nothing_is_collected_by_itself_until_it_is_given_back(garbage):
    assert not gc.isenabled()
    garbage.give_back()

    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
