"""Long-lived objects out of the collector's way, once a wave of openings is over.

Ten thousand sessions are some million objects that every full collection would walk through, on
the loop's thread. Frozen ones are left alone (and freed as ever when nobody holds them).
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.door import Door
    from connector.loop import Loop
    from connector.measures import Measures

PERIOD_S: Final = 10.0
WAVE: Final = 500
"""So many openings since the last time are worth a collection…"""
CALM: Final = 20
"""…once fewer than so many came in one period."""


class Tidying:
    """Belongs to the loop's thread."""

    def __init__(
        self,
        loop: Loop,
        *,
        measures: Measures,
        door: Door,
        freeze: Callable[[], object] | None = None,
    ) -> None:
        self._loop = loop
        self._measures = measures
        self._door = door
        self._freeze = freeze or freeze_all
        self._last = 0
        self._frozen_at = 0

    def start(self) -> None:
        """Look every few seconds from now on."""
        self._loop.call_later(PERIOD_S, self._look)

    def _look(self) -> None:
        opens, self._last = self._measures.opens - self._last, self._measures.opens
        waved = self._measures.opens - self._frozen_at >= WAVE
        if waved and opens < CALM and not self._door.waiting:
            self._frozen_at = self._measures.opens
            self._freeze()
        self.start()


def freeze_all() -> None:
    """Collect what is garbage, frozen or not, and freeze what lives."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
