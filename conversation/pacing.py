"""Pacing of openers: WhatsApp lets a number write first to so many people in any 24 hours.

Meta's tiers are 250, 1,000 (now 2,000), 10,000 and 100,000 people. What is beyond waits for its
time: the batch stays open, and the monitor goes on with it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOURS: Final = 24
MOST_AT_ONCE: Final = 20
"""Reserved by one write: so many openers fewer a process that is killed, at the most."""
FRESH: Final = timedelta(minutes=1)
"""What was reserved counts in the hour of then: it is not used any later than this."""


@dataclass(frozen=True, slots=True)
class Spent:
    """How many openers were reserved, by the hour (hours since 1970).

    An hour counts until all of it is a day old: rather too long than too short.
    """

    by_hour: Mapping[int, int] = field(default_factory=dict)

    def room(self, limit: int, now: datetime) -> int:
        """How many more may be reserved."""
        return max(0, limit - sum(self._recent(now).values()))

    def plus(self, count: int, now: datetime) -> Spent:
        """With so many more, and without what no longer counts."""
        recent = self._recent(now)
        return Spent(recent | {_hour(now): recent.get(_hour(now), 0) + count})

    def _recent(self, now: datetime) -> dict[int, int]:
        return {hour: n for hour, n in self.by_hour.items() if hour >= _hour(now) - HOURS}


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


class Ledger(Protocol):
    """Where it is written what was reserved, by whichever process. Raises ``Transient``."""

    def reserve(self, most: int, limit: int, now: datetime) -> int:
        """Reserve up to ``most``, and tell how many; never more than ``limit`` in all."""


class Pace(Protocol):
    """Who says whether an opener may go out now."""

    def room(self) -> bool:
        """Whether it is worth asking. Never waits for anybody."""

    def take(self, now: datetime) -> bool:
        """Take one; ``False``: not today. Raises ``Transient``."""

    def give_back(self) -> None:
        """The one that was taken was not needed."""


class Unpaced:
    """No limit."""

    def room(self) -> bool:
        """There always is."""
        return True

    def take(self, now: datetime) -> bool:  # noqa: ARG002 - the port's own words
        """Always."""
        return True

    def give_back(self) -> None:
        """Nothing was taken."""


class DailyPace:
    """At most ``limit`` in any 24 hours, over all processes. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, limit: int, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._left = 0
        self._reserved_at: datetime | None = None
        self._full_until: datetime | None = None

    def room(self) -> bool:
        """Whether nothing says that the day is used up."""
        full_until = self._full_until
        return full_until is None or self._clock() >= full_until

    def take(self, now: datetime) -> bool:
        """Take one that is reserved, or reserve some more."""
        with self._lock:
            if self._reserved_at is None or now - self._reserved_at > FRESH:
                self._left = 0
            if not self._left and self.room():
                self._reserve(now)
            if not self._left:
                return False
            self._left -= 1
            return True

    def give_back(self) -> None:
        """The next one takes it."""
        with self._lock:
            self._left += 1

    def _reserve(self, now: datetime) -> None:
        most = min(MOST_AT_ONCE, max(1, self._limit // 50))
        self._left = self._ledger.reserve(most, self._limit, now)
        self._reserved_at = now
        # It is asked again soon, not only when the hour is over: limits are raised by hand.
        self._full_until = None if self._left else now + FRESH
