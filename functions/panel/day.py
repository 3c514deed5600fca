"""The numbers of the last 24 hours, counted hour by hour."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.hours import counted, hour_of, hours_until, settled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from conversation.hours import Hours
    from conversation.overview import Hour, Sample

_FRESH_FOR: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours, the oldest first."""

    hours: tuple[Hour, ...]

    @property
    def sent(self) -> int:
        """What was sent."""
        return sum(hour.sent for hour in self.hours)

    @property
    def failed(self) -> int:
        """What failed, either way."""
        return sum(hour.failed for hour in self.hours)

    @property
    def answer_ms(self) -> tuple[int, int] | None:
        """The median and the 95th percentile of the agent's answer times."""
        times = sorted(t for hour in self.hours for t in hour.latencies)
        return (percentile(times, 50), percentile(times, 95)) if times else None


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The nearest-rank percentile of what is sorted and not empty."""
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]


class Counting:
    """Counts the day, and remembers the hours that are over. Safe to call from several threads.

    What was counted for good is kept in the table, by whoever comes first (``operator_alerts``
    does each hour): a process that begins reads it there.
    """

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._lock = threading.Lock()
        self._known: dict[datetime, tuple[datetime, Hour]] = {}

    def day(self, now: datetime) -> Day:
        """The last 24 hours, the present one included."""
        hours = hours_until(now)
        with self._lock:
            if not self._known:
                self._recall(hours[0], now)
            self._known = {hour: self._known[hour] for hour in hours if hour in self._known}
            stale = [hour for hour in hours if not self._fresh(hour, now)]
            if stale:
                self._count(stale[0], now)
            return Day(tuple(self._known[hour][1] for hour in hours))

    def _recall(self, since: datetime, now: datetime) -> None:
        for hour in self._hours.known(since):
            self._known[hour.begins] = (now, hour)

    def _fresh(self, begins: datetime, now: datetime) -> bool:
        if begins not in self._known:
            return False
        looked_at, _ = self._known[begins]
        return settled(begins, looked_at) or now - looked_at < _FRESH_FOR

    def _count(self, since: datetime, now: datetime) -> None:
        """Everything since then, in one walk through the index."""
        of: dict[datetime, list[Sample]] = {}
        for sample in self._hours.samples(since, now):
            of.setdefault(hour_of(sample.at), []).append(sample)
        begins = since
        while begins <= now:
            hour = counted(begins, of.get(begins, ()))
            self._known[begins] = (now, hour)
            if settled(begins, now):
                self._hours.keep(hour)
            begins += timedelta(hours=1)
