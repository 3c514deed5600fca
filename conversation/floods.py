"""Floods: how many turns one person may have, whoever or whatever writes.

Beyond ``a_minute`` a turn waits, with all that is written meanwhile, and is asked as one when its
time comes: that is somebody who types fast. Beyond ``an_hour`` or ``a_day`` nothing is asked: what
is written is stored and shown, and the two machines that may be answering each other come to rest,
for neither has anything left to answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_SKEW: Final = MINUTE
"""What was asked later than this from now was dated by a clock that was wrong: it counts no more,
or a person would wait until the time that it told."""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Turns within any minute, hour and day. ``None``: no limit."""

    a_minute: int | None = None
    an_hour: int | None = None
    a_day: int | None = None

    def held_until(self, asked: tuple[datetime, ...], now: datetime) -> datetime | None:
        """When a turn may be asked that the minute holds back; ``None``: now."""
        return _free_at(asked, self.a_minute, MINUTE, now)

    def stop(self, asked: tuple[datetime, ...], now: datetime) -> bool:
        """Whether nothing more is asked for a while."""
        hour = _free_at(asked, self.an_hour, HOUR, now)
        return hour is not None or _free_at(asked, self.a_day, DAY, now) is not None

    def with_one_more(self, asked: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
        """The turns that count from ``now`` on, one of which is asked now."""
        most = max((n for n in (self.a_minute, self.an_hour, self.a_day) if n), default=0)
        if not most:
            return ()
        recent = [at for at in _dated_well(asked, now) if at > now - DAY]
        # Whole seconds, rounded up: counted too long rather than too short.
        at = datetime.fromtimestamp(math.ceil(now.timestamp()), UTC)
        return tuple([*recent, at][-most:])


def _free_at(
    asked: tuple[datetime, ...], most: int | None, span: timedelta, now: datetime
) -> datetime | None:
    if most is None or len(asked) < most:
        return None
    counted = _dated_well(asked, now)
    free = counted[-most] + span if len(counted) >= most else now
    return free if free > now else None


def _dated_well(asked: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in asked if at <= now + _SKEW)
