"""Garbage is collected when nobody waits, and what lives is left alone.

CPython's collector would stop the loop in the middle of its work: for several milliseconds each
time it looks at the middle-aged, and ten thousand sessions are some million objects that a full
collection walks through. So it does not run by itself. What is fresh is looked at in lulls, and
what of it lives is frozen: it is never looked at again, and freed as ever when nobody holds it.
Only what became part of a cycle after that waits for the great tidying.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from connector.loop import nothing

if TYPE_CHECKING:
    from connector.door import Door
    from connector.loop import Loop
    from connector.measures import Measures

FEW: Final = 1_000
"""So many fresh objects are worth a look in a lull: it takes less than a millisecond…"""
MANY: Final = 20_000
"""…and so many are looked at without one."""

PERIOD_S: Final = 10.0
WAVE: Final = 500
"""So many openings since the last time are worth a great tidying…"""
GROWN: Final = 1.5
"""…or so many times the objects that it left…"""
CALM: Final = 20
"""…once fewer than so many openings came in one period."""


class Garbage:
    """CPython's collector, as far as it is ours to tell."""

    @staticmethod
    def take_over() -> None:
        """Let it do nothing by itself."""
        gc.disable()

    @staticmethod
    def give_back() -> None:
        """Let it do as ever."""
        gc.unfreeze()
        gc.enable()

    @property
    def fresh(self) -> int:
        """How many objects are new since it last looked, less those that are gone."""
        return gc.get_count()[0]

    @property
    def kept(self) -> int:
        """How many are left alone."""
        return gc.get_freeze_count()

    @staticmethod
    def tidy() -> None:
        """Collect what is fresh, and leave alone what of it lives."""
        gc.collect(0)
        gc.freeze()

    @staticmethod
    def tidy_all() -> None:
        """Collect whatever is garbage, left alone or not, and leave alone what lives."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()


class Tidying:
    """Belongs to the loop's thread."""

    def __init__(
        self, loop: Loop, *, measures: Measures, door: Door, garbage: Garbage | None = None
    ) -> None:
        self._loop = loop
        self._measures = measures
        self._door = door
        self._garbage = garbage or Garbage()
        self._last = 0
        self._tidied_at = 0
        self._left = 0

    def start(self) -> None:
        """From now on nobody else collects."""
        self._garbage.take_over()
        self._tidy_all()
        self._loop.before_waiting = self._look
        self._loop.call_later(PERIOD_S, self._look_around)

    def stop(self) -> None:
        """From now on it collects by itself."""
        self._loop.before_waiting = nothing
        self._garbage.give_back()

    def _look(self) -> None:
        fresh = self._garbage.fresh
        if fresh >= MANY or (fresh >= FEW and self._loop.idle()):
            self._garbage.tidy()

    def _look_around(self) -> None:
        opens, self._last = self._measures.opens - self._last, self._measures.opens
        waved = self._measures.opens - self._tidied_at >= WAVE
        grown = self._garbage.kept >= self._left * GROWN
        if (waved or grown) and opens < CALM and not self._door.waiting:
            self._tidy_all()
        self._loop.call_later(PERIOD_S, self._look_around)

    def _tidy_all(self) -> None:
        self._garbage.tidy_all()
        self._tidied_at = self._measures.opens
        self._left = self._garbage.kept
