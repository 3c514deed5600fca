"""Metrics as CloudWatch reads them from a log: Powertools' embedded metric format.

A Lambda writes each event's at once, a connector holds them and writes a line a minute: CloudWatch
gets every value either way, so that percentiles are right.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from conversation.metrics import measured, points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conversation.metrics import Meter, Point
    from conversation.signals import Signal, Signals, Value


_Dimension = tuple[str, str] | None


class EmfMeter:
    """Writes to standard output. Safe to use from several threads; holding costs next to nothing.

    What only adds up is held as a sum. Of the others every value is kept until it is written.
    """

    def __init__(self, prefix: str, *, holds: bool = False) -> None:
        self._namespace = f"Hilo/{prefix}"
        self._holds = holds
        self._lock = threading.Lock()
        self._sums: dict[tuple[_Dimension, str, str], float] = {}
        self._values: dict[tuple[_Dimension, str, str], list[float]] = {}

    def put(self, points: Iterable[Point]) -> None:
        """Take measurements, and write them unless they are to be held."""
        with self._lock:
            for point in points:
                name = (point.by, point.name, point.unit.value)
                if point.adds:
                    self._sums[name] = self._sums.get(name, 0.0) + point.value
                else:
                    self._values.setdefault(name, []).append(point.value)
        if not self._holds:
            self.flush()

    def flush(self) -> None:
        """Write what is held: a line for each set of dimensions, more where values are many."""
        with self._lock:
            held = {name: [total] for name, total in self._sums.items()} | self._values
            self._sums, self._values = {}, {}
        for by in {name[0] for name in held}:
            emf = AmazonCloudWatchEMFProvider(namespace=self._namespace)
            if by is not None:
                emf.add_dimension(*by)
            for (apart, name, unit), values in held.items():
                for value in values if apart == by else ():
                    emf.add_metric(name, unit, value)
            emf.flush_metrics()


class Metering:
    """A ``Signals`` that writes a log line, and measures what the event is measured by."""

    def __init__(self, signals: Signals, meter: Meter) -> None:
        self._signals = signals
        self._meter = meter

    def __call__(self, signal: Signal, /, **keys: Value) -> None:
        """Record that ``signal`` happened."""
        self._signals(signal, **keys)
        if measured(signal):
            self._meter.put(points(signal, keys))
