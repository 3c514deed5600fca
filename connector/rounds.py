"""Rounds: every line is looked at now and then, in helpings, whatever its own timer says."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.line import Line
    from connector.loop import Loop

HELPING: Final = 256
"""So many lines at once; then sockets and timers have their turn."""


class Rounds:
    """The safety net under the lines' timers. Belongs to the loop's thread."""

    def __init__(
        self,
        loop: Loop,
        lines: Callable[[], Iterable[Line]],
        look_at: Callable[[Line], object],
        *,
        period_s: float,
    ) -> None:
        self._loop = loop
        self._lines = lines
        self._look_at = look_at
        self._period_s = period_s

    def start(self) -> None:
        """The first round begins after one period."""
        self._loop.call_later(self._period_s, self._begin)

    def _begin(self) -> None:
        self._go_on(deque(self._lines()))
        self.start()

    def _go_on(self, left: deque[Line]) -> None:
        for _ in range(min(HELPING, len(left))):
            self._look_at(left.popleft())
        if left:
            self._loop.call_soon(self._go_on, left)
