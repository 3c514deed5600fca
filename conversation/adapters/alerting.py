"""Events, and beside them what operators are to be told: one write for many of a kind."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from conversation.alerts import subject_of
from conversation.errors import HiloError
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conversation.alerts import Subject
    from conversation.signals import Signals, Value


class Book(Protocol):
    """Where groups are kept. Blocking; raises ``HiloError``."""

    def add(self, subject: Subject, count: int, keys: Mapping[str, Value], now: datetime) -> None:
        """``count`` more events of a group, the newest with these keys."""


class Alerting:
    """A ``Signals`` that writes a log line, and records what operators are to be told.

    ``aside`` runs the write, or returns ``False`` where it cannot: at once in a Lambda, on a thread
    of its own in the connector. Events that come while a write waits go with it. A write that fails
    is logged: nobody waits for it.
    """

    def __init__(
        self,
        signals: Signals,
        book: Book,
        *,
        now: Callable[[], datetime],
        aside: Callable[[Callable[[], object]], bool] | None = None,
    ) -> None:
        self._signals = signals
        self._book = book
        self._now = now
        self._aside = aside or _at_once
        self._lock = threading.Lock()
        self._counts: Counter[Subject] = Counter()
        self._newest: dict[Subject, Mapping[str, Value]] = {}

    def __call__(self, signal: Signal, /, **keys: Value) -> None:
        """Record that ``signal`` happened."""
        self._signals(signal, **keys)
        subject = subject_of(signal, keys)
        if subject is None:
            return
        with self._lock:
            waiting = bool(self._counts)
            self._counts[subject] += 1
            self._newest[subject] = keys
        if not waiting and not self._aside(self._write):
            self._taken()

    def _write(self) -> None:
        counts, newest = self._taken()
        for subject, count in counts.items():
            try:
                self._book.add(subject, count, newest[subject], self._now())
            except HiloError as error:
                self._signals(Signal.PROVIDER_FAILED, where="alerts", reason=error.reason)

    def _taken(self) -> tuple[Counter[Subject], dict[Subject, Mapping[str, Value]]]:
        with self._lock:
            counts, newest = self._counts, self._newest
            self._counts, self._newest = Counter(), {}
        return counts, newest


def _at_once(work: Callable[[], object]) -> bool:
    work()
    return True
