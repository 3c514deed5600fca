"""What is counted, in the words of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKETS_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)


@dataclass(slots=True)
class Histogram:
    """How long things took."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.total += seconds

    def lines(self, name: str) -> Iterator[str]:
        """As Prometheus reads it."""
        passed = 0
        yield f"# TYPE {name} histogram"
        for edge, count in zip((*BUCKETS_S, "+Inf"), self.counts, strict=True):
            passed += count
            yield f'{name}_bucket{{le="{edge}"}} {passed}'
        yield f"{name}_sum {self.total:.3f}"
        yield f"{name}_count {passed}"


@dataclass(slots=True)
class Measures:
    """The counters of a process since its start. Belongs to the loop's thread."""

    opens: int = 0
    turns: int = 0
    answers: int = 0
    notices: int = 0
    fenced: int = 0
    defects: int = 0
    doorbells: int = 0
    waits: int = 0
    """People who had to wait for a session…"""
    drops: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    """Openings that were not even tried, by why."""
    answer_s: Histogram = field(default_factory=Histogram)
    wait_s: Histogram = field(default_factory=Histogram)
    """…and how long."""


_COUNTERS: Final = (
    "opens", "turns", "answers", "notices", "fenced", "defects", "doorbells", "waits",
)  # fmt: skip


def exposition(measures: Measures, gauges: Mapping[str, float]) -> str:
    """The page ``/metrics``."""
    return "\n".join(_lines(measures, gauges)) + "\n"


def _lines(measures: Measures, gauges: Mapping[str, float]) -> Iterator[str]:
    for name, value in gauges.items():
        yield f"# TYPE hilo_{name} gauge"
        yield f"hilo_{name} {value:g}"
    for name in _COUNTERS:
        yield f"# TYPE hilo_{name}_total counter"
        yield f"hilo_{name}_total {getattr(measures, name)}"
    yield from _by_reason("hilo_drops_total", measures.drops)
    yield from _by_reason("hilo_refusals_total", measures.refusals)
    yield from measures.answer_s.lines("hilo_answer_seconds")
    yield from measures.wait_s.lines("hilo_wait_seconds")


def _by_reason(name: str, counts: Counter[str]) -> Iterator[str]:
    yield f"# TYPE {name} counter"
    for reason, count in sorted(counts.items()):
        yield f'{name}{{reason="{reason}"}} {count}'
