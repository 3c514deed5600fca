"""Waiting for something to come true, and telling what was there if it did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from conversation.errors import Transient
from infra.local.flow.ports import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.flow.ports import Pause

T = TypeVar("T")

LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """``monotonic`` and ``pause`` are how time passes."""

    monotonic: Callable[[], float]
    pause: Pause

    def until(
        self,
        found: Callable[[], T | None],
        *,
        within_s: float,
        expected: str,
        seen: Callable[[], str],
        look_in: str,
    ) -> T:
        """What ``found`` gives once it gives something.

        Raises ``StepFailedError`` after ``within_s``; ``seen`` then tells what there is instead. A
        ``Transient`` on the way is no end of it.
        """
        deadline = self.monotonic() + within_s
        trouble = ""
        while True:
            try:
                if (result := found()) is not None:
                    return result
                trouble = ""
            except Transient as error:
                trouble = f" ({error})"
            if self.monotonic() >= deadline:
                raise StepFailedError(
                    expected=f"{expected}, within {within_s:g} s",
                    seen=_told(seen) + trouble,
                    look_in=look_in,
                )
            self.pause(LOOK_EVERY_S)


def _told(seen: Callable[[], str]) -> str:
    try:
        return seen()
    except Transient as error:
        return f"nothing: {error}"
