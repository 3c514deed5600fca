"""Doing the same to many, some at a time: a monitor spends its time waiting for answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

A = TypeVar("A")
B = TypeVar("B")

AT_ONCE: Final = 8
"""Calls settled at a time. ElevenLabs publishes no rate; this is what one browser would do."""


class Spread(Protocol):
    """Like ``map``: the results in order; the first error ends it, and what was not begun."""

    def __call__(self, work: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]:
        """The results of ``work`` on ``items``."""


def in_threads(work: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]:
    """A ``Spread`` over some threads. When it has ended, so has all that it began."""
    with ThreadPoolExecutor(min(AT_ONCE, len(items)) or 1) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
