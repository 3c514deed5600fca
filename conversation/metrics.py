"""What is measured of what happens: a table from events to metrics, the same in every process.

Each name costs about 30 cents a month where it is used at all (``hilo cost`` counts them), so there
are few, and only one has a dimension. The rates and shares are made of them on the dashboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conversation.signals import Value


class Unit(StrEnum):
    """CloudWatch's words."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"


@dataclass(frozen=True, slots=True)
class Metric:
    """How one kind of event is measured."""

    signal: Signal
    name: str
    unit: Unit = Unit.COUNT
    value: str | None = None
    """The event's key that holds the value; none: it counts as one."""
    only: tuple[str, str] | None = None
    """A key and the word that it must have."""
    by: str | None = None
    """The key whose words are told apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement."""

    name: str
    unit: Unit
    value: float
    by: tuple[str, str] | None = None
    adds: bool = False
    """Only the sum matters: it need not be kept apart from others."""


class Meter(Protocol):
    """Where measurements go."""

    def put(self, points: Iterable[Point]) -> None:
        """Take them. Never raises."""


METRICS: Final = (
    Metric(Signal.CONVERSATION_STARTED, "ConversationsStarted"),
    Metric(Signal.TURN_ASKED, "Turns"),
    Metric(Signal.TURN_ANSWERED, "AnswerTime", Unit.MILLISECONDS, value="latency_ms"),
    Metric(Signal.NOTICE_STORED, "Notices"),
    Metric(Signal.SOCKET_OPENED, "SocketsOpened"),
    Metric(Signal.SOCKET_OPENED, "SocketsReopened", only=("kind", "reopened")),
    Metric(Signal.SOCKET_OPENED, "SocketsRolledOver", only=("kind", "rolled_over")),
    Metric(Signal.SOCKET_REFUSED, "SocketsRefused"),
    Metric(Signal.SOCKET_LOST, "SocketsLost", by="reason"),
    Metric(Signal.CONVERSATION_RESTED, "MessagesPerConversation", value="count"),
    Metric(Signal.REPLY_SENT, "MessagesSent"),
    Metric(Signal.DELIVERY_UPDATED, "MessagesDelivered", only=("state", "DELIVERED")),
    Metric(Signal.DELIVERY_UPDATED, "MessagesRead", only=("state", "READ")),
    Metric(Signal.REPLY_FAILED, "MessagesFailed"),
    Metric(
        Signal.QUEUE_MEASURED, "OldestUnanswered", Unit.SECONDS, "age_s", only=("queue", "inbox")
    ),
    Metric(Signal.QUEUE_MEASURED, "OldestUnsent", Unit.SECONDS, "age_s", only=("queue", "outbox")),
)


_OF: Final = {
    signal: tuple(metric for metric in METRICS if metric.signal is signal)
    for signal in {metric.signal for metric in METRICS}
}


def measured(signal: Signal) -> bool:
    """Whether events of this name are measured at all: most are not."""
    return signal in _OF


def points(signal: Signal, keys: Mapping[str, Value]) -> Iterator[Point]:
    """What an event measures."""
    for metric in _OF.get(signal, ()):
        value = 1.0 if metric.value is None else keys.get(metric.value)
        if isinstance(value, int | float) and _is_meant(metric, keys):
            apart, adds = _told_apart(metric, keys), metric.value is None
            yield Point(metric.name, metric.unit, float(value), apart, adds)


def _is_meant(metric: Metric, keys: Mapping[str, Value]) -> bool:
    return metric.only is None or keys.get(metric.only[0]) == metric.only[1]


def _told_apart(metric: Metric, keys: Mapping[str, Value]) -> tuple[str, str] | None:
    return (metric.by, str(keys.get(metric.by) or "unknown")) if metric.by else None
