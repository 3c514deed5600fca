"""What is counted in this process, and the page that Prometheus reads of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prometheus_client import Metric

BUCKETS_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
MESSAGES: Final = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


@dataclass(slots=True)
class Histogram:
    """How much of a thing there was, each time."""

    edges: Sequence[float] = BUCKETS_S
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.edges) + 1)

    def add(self, amount: float) -> None:
        """One more."""
        self.counts[bisect_left(self.edges, amount)] += 1
        self.total += amount


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
    openings: Counter[str] = field(default_factory=Counter)
    """Sessions by what they follow: first, reopened, rolled_over."""
    drops: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    """Openings that were not even tried, by why."""
    odd: Counter[str] = field(default_factory=Counter)
    """What servers sent and we did not follow, by what it was."""
    answer_s: Histogram = field(default_factory=Histogram)
    wait_s: Histogram = field(default_factory=Histogram)
    """…and how long."""
    doorbell_s: Histogram = field(default_factory=Histogram)
    """How old what a doorbell rings for is when it is heard."""
    messages: Histogram = field(default_factory=lambda: Histogram(MESSAGES))
    """How many messages a conversation has when its person has gone quiet."""


_COUNTERS: Final = {
    "opens": "Sessions that became ready",
    "turns": "Turns given to an agent",
    "answers": "Answers stored",
    "notices": "Sentences of ours stored",
    "fenced": "Writes that another owner forbade",
    "defects": "Faults of ours",
    "doorbells": "Doorbells heard",
    "waits": "People who waited for a session",
}
_BY_REASON: Final = {
    "drops": "Sessions and attempts that ended, by why",
    "refusals": "Openings that were not tried, by why",
    "odd": "Frames and tools that were not followed, by what they were",
}
_HISTOGRAMS: Final = {
    "answer_seconds": ("answer_s", "The agent's answer time"),
    "wait_seconds": ("wait_s", "How long people waited for a session"),
    "doorbell_age_seconds": ("doorbell_s", "How long a message waited until it was heard of"),
    "conversation_messages": ("messages", "Messages of a conversation gone quiet"),
}


def exposition(measures: Measures, gauges: Mapping[str, float]) -> str:
    """The page ``/metrics``."""
    registry = CollectorRegistry()
    registry.register(_Told(measures, gauges))
    return generate_latest(registry).decode()


class _Told(Collector):
    def __init__(self, measures: Measures, gauges: Mapping[str, float]) -> None:
        self._measures = measures
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        yield from (
            GaugeMetricFamily(f"hilo_{name}", name.replace("_", " "), value=value)
            for name, value in self._gauges.items()
        )
        for name, about in _COUNTERS.items():
            yield CounterMetricFamily(f"hilo_{name}", about, value=getattr(self._measures, name))
        for name, about in _BY_REASON.items():
            yield _told_apart(name, about, "reason", getattr(self._measures, name))
        yield _told_apart(
            "openings", "Sessions by what they follow", "kind", self._measures.openings
        )
        yield from self._histograms()

    def _histograms(self) -> Iterator[Metric]:
        for name, (attribute, about) in _HISTOGRAMS.items():
            histogram: Histogram = getattr(self._measures, attribute)
            edges = (*map(str, histogram.edges), "+Inf")
            passed = accumulate(histogram.counts)
            yield HistogramMetricFamily(
                f"hilo_{name}",
                about,
                buckets=list(zip(edges, passed, strict=True)),
                sum_value=histogram.total,
            )


def _told_apart(name: str, about: str, label: str, counts: Counter[str]) -> Metric:
    family = CounterMetricFamily(f"hilo_{name}", about, labels=[label])
    for word, count in sorted(counts.items()):
        family.add_metric([word], count)
    return family
