"""How much may fail before a tick ends.

One call or batch that always fails must not keep those behind it from being looked at; a provider
that is down must not be asked for each of ten thousand.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar

from conversation.errors import Permanent, Transient
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.signals import Signals

T = TypeVar("T")

MOST: Final = 3
"""So many may fail in one tick: the one after that ends it."""


class Setbacks:
    """Those of one tick. Safe to use from several threads."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._lock = threading.Lock()
        self._counted = 0

    def survive(self, work: Callable[[], T], otherwise: T, **about: str | None) -> T:
        """What ``work`` returns, or ``otherwise`` where it failed: it is for the next tick.

        Raises what ``work`` did where that was one too many, or where we were asked to wait.
        """
        try:
            return work()
        except (Transient, Permanent) as error:
            if not self._bearable(error):
                raise
            self._signals(
                Signal.PROVIDER_FAILED, where="batch_monitor", reason=error.reason, **about
            )
            return otherwise

    def _bearable(self, error: Transient | Permanent) -> bool:
        if isinstance(error, Transient) and error.retry_after_s is not None:
            return False
        with self._lock:
            self._counted += 1
            return self._counted <= MOST
