"""A deadline that is put off again and again, and hardly ever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.loop import Loop, Timer


class Deadline:
    """One at a time. When it is put off its timer is left standing, and set anew when it comes.

    So a dial, which has one deadline after the other, needs one timer and not four. Its owner
    must `clear` it in the end.
    """

    __slots__ = ("_at", "_due", "_loop", "_timer")

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._at = 0.0
        self._due: tuple[Callable[..., object], tuple[object, ...]] | None = None
        self._timer: Timer | None = None

    def set(self, delay_s: float, run: Callable[..., object], *args: object) -> None:
        """Run once in ``delay_s`` seconds, instead of what was to run before."""
        self._at, self._due = self._loop.now() + delay_s, (run, args)
        if self._timer is not None and self._timer.at > self._at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._at, self._come)

    def clear(self) -> None:
        """Run nothing, and let go of what was to run."""
        self._due = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _come(self) -> None:
        self._timer = None
        if self._loop.now() < self._at:
            self._timer = self._loop.call_at(self._at, self._come)
            return
        due, self._due = self._due, None
        if due is not None:
            run, args = due
            run(*args)
