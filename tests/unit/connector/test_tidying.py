"""When the collector is told to leave the long-lived alone."""

import gc

from connector.door import Door, Room
from connector.measures import Measures
from connector.tidying import CALM, WAVE, Tidying, freeze_all


class Clockwork:
    """A loop of which only the next timer counts."""

    def __init__(self):
        self.next = None

    def call_later(self, _seconds, run):
        self.next = run


def a_tidying():
    loop, measures, frozen = Clockwork(), Measures(), []
    door = Door(Room(10, 1))
    tidying = Tidying(loop, measures=measures, door=door, freeze=lambda: frozen.append(1))
    tidying.start()
    return loop, measures, door, frozen


def test_after_a_wave_of_openings_it_freezes_once_it_is_calm():
    loop, measures, _, frozen = a_tidying()

    measures.opens = WAVE
    loop.next()
    assert frozen == []
    measures.opens += CALM - 1
    loop.next()
    loop.next()

    assert frozen == [1]


def test_a_few_openings_are_not_worth_it():
    loop, measures, _, frozen = a_tidying()

    measures.opens = WAVE - 1
    loop.next()
    loop.next()

    assert frozen == []


def test_it_waits_for_people_at_the_door():
    loop, measures, door, frozen = a_tidying()
    measures.opens = WAVE
    loop.next()
    door.ask("a", eager=False)
    door.ask("b", eager=False)

    loop.next()
    assert frozen == []
    door.left("b")
    loop.next()

    assert frozen == [1]


def test_what_lives_is_frozen():
    gc.unfreeze()
    try:
        freeze_all()

        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
