"""How fast sockets are opened: a token bucket over all handshakes, slower where there is no room.

Pure. One for a process, for what it protects is the account's: a 429 that one agent's opening met
holds back every other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

BASE_S: Final = 1.0
CAP_S: Final = 60.0
_SLOWEST: Final = 1 / 16
"""The part of its rate that is left after many refusals…"""
_RECOVERY: Final = 1.25
"""…and by how much it grows with each session that opens."""
_DOUBLINGS: Final = 6


class Pace:
    """``take`` is a handshake's permission to begin."""

    __slots__ = (
        "_at",
        "_burst",
        "_chance",
        "_rate",
        "_refusals",
        "_share",
        "_tokens",
        "held_until",
    )

    def __init__(self, rate_per_s: float, chance: Random) -> None:
        self._rate = rate_per_s
        self._burst = max(rate_per_s, 1.0)
        self._chance = chance
        self._tokens = self._burst
        self._at: float | None = None
        self._share = 1.0
        self._refusals = 0
        self.held_until = 0.0
        """Nothing is opened before, for the account has no room."""

    @property
    def rate_per_s(self) -> float:
        """How many handshakes may begin in a second, at present."""
        return self._rate * self._share

    def take(self, now: float) -> None:
        """A handshake begins. The caller owes that it is ``ready``."""
        self._refill(now)
        self._tokens -= 1

    def ready(self, now: float) -> bool:
        """Whether a handshake may begin."""
        return self.ready_at(now) <= now

    def ready_at(self, now: float) -> float:
        """When the next one may begin."""
        self._refill(now)
        missing = 1 - self._tokens
        refilled = now + missing / self.rate_per_s if missing > 0 else now
        return max(refilled, self.held_until)

    def held(self, now: float) -> bool:
        """Whether everything waits because the account had no room."""
        return now < self.held_until

    def refused(self, now: float, retry_after_s: float | None) -> None:
        """The account has no room: wait with full jitter, or as it asks, and go on slower."""
        most = min(BASE_S * 2 ** min(self._refusals, _DOUBLINGS), CAP_S)
        pause_s = max(self._chance.uniform(0, most), retry_after_s or 0.0)
        self._refusals += 1
        self._share = max(self._share / 2, _SLOWEST)
        self._tokens = min(self._tokens, 1.0)
        self.held_until = max(self.held_until, now + pause_s)

    def opened(self) -> None:
        """A session is open: there is room."""
        self._refusals = 0
        self._share = min(1.0, self._share * _RECOVERY)

    def _refill(self, now: float) -> None:
        since = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._tokens = min(self._burst, self._tokens + since * self.rate_per_s)
