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

from conversation.metrics import points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conversation.metrics import Meter, Point
    from conversation.signals import Signal, Signals, Value


class EmfMeter:
    """Writes to standard output. Safe to use from several threads."""

    def __init__(self, prefix: str, *, holds: bool = False) -> None:
        self._namespace = f"Hilo/{prefix}"
        self._holds = holds
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str] | None, AmazonCloudWatchEMFProvider] = {}

    def put(self, points: Iterable[Point]) -> None:
        """Take measurements, and write them unless they are to be held."""
        with self._lock:
            for point in points:
                self._emf(point.by).add_metric(point.name, point.unit.value, point.value)
        if not self._holds:
            self.flush()

    def flush(self) -> None:
        """Write what is held: one line for each set of dimensions."""
        with self._lock:
            held, self._held = self._held, {}
        for emf in held.values():
            emf.flush_metrics()

    def _emf(self, by: tuple[str, str] | None) -> AmazonCloudWatchEMFProvider:
        if by not in self._held:
            emf = self._held[by] = AmazonCloudWatchEMFProvider(namespace=self._namespace)
            if by is not None:
                emf.add_dimension(*by)
        return self._held[by]


class Metering:
    """A ``Signals`` that writes a log line, and measures what the event is measured by."""

    def __init__(self, signals: Signals, meter: Meter) -> None:
        self._signals = signals
        self._meter = meter

    def __call__(self, signal: Signal, /, **keys: Value) -> None:
        """Record that ``signal`` happened."""
        self._signals(signal, **keys)
        self._meter.put(points(signal, keys))
