"""Counting hours: what was received, sent and answered in each, once it hardly changes any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from conversation.messages import Direction, InboundState, OutboundState
from conversation.overview import Hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from conversation.overview import Sample

HOURS: Final = 24
_HOUR: Final = timedelta(hours=1)
_NOT_SENT: Final = frozenset(
    {OutboundState.PENDING, OutboundState.FAILED, OutboundState.SKIPPED, OutboundState.UNSURE}
)
_SETTLED_AFTER: Final = timedelta(hours=2)
"""An hour that ended longer ago than this is counted once: what it holds rarely changes."""


class Hours(Protocol):
    """What hours are counted from, and what was counted of them. Raises ``Transient``."""

    def samples(self, since: datetime, until: datetime) -> Iterator[Sample]:
        """Every message between the two times, without its text."""

    def known(self, since: datetime) -> list[Hour]:
        """The hours from then on that are counted for good."""

    def keep(self, hour: Hour) -> None:
        """Keep the count of an hour that is over."""


def hour_of(at: datetime) -> datetime:
    """When the hour of ``at`` began."""
    return at.replace(minute=0, second=0, microsecond=0)


def hours_until(now: datetime) -> list[datetime]:
    """When the last 24 hours began, the oldest first; the last one is not over."""
    return [hour_of(now) - back * _HOUR for back in reversed(range(HOURS))]


def settled(begins: datetime, looked_at: datetime) -> bool:
    """Whether what was counted of the hour at ``looked_at`` may be kept for good."""
    return looked_at - begins > _HOUR + _SETTLED_AFTER


def counted(begins: datetime, samples: Iterable[Sample]) -> Hour:
    """The numbers of one hour."""
    received = sent = failed = 0
    latencies: list[int] = []
    for each in samples:
        failed += each.state in {InboundState.FAILED, OutboundState.FAILED}
        if each.direction is Direction.INBOUND:
            received += 1
        else:
            sent += each.state not in _NOT_SENT
        if each.latency_ms is not None:
            latencies.append(each.latency_ms)
    return Hour(begins, received, sent, failed, tuple(sorted(latencies)))


@dataclass(slots=True)
class Keeping:
    """Counts hours that are over before anybody looks: one a run, so that no run takes long."""

    hours: Hours
    _whole: datetime | None = None
    """The hour in which nothing was left to be counted."""

    def keep_one(self, now: datetime) -> Hour | None:
        """Count the newest hour that is settled and not kept. ``None``: all are."""
        if self._whole == hour_of(now):
            return None
        over = [begins for begins in hours_until(now) if settled(begins, now)]
        known = {hour.begins for hour in self.hours.known(over[0])}
        missing = [begins for begins in over if begins not in known]
        if not missing:
            self._whole = hour_of(now)
            return None
        return self._kept(missing[-1])

    def _kept(self, begins: datetime) -> Hour:
        ends = begins + _HOUR
        samples = self.hours.samples(begins, ends)
        hour = counted(begins, (sample for sample in samples if sample.at < ends))
        self.hours.keep(hour)
        return hour
