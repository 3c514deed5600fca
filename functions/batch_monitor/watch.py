"""One tick: look at what may hold a finished call, until all is seen or the time is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from conversation.errors import Permanent, Transient
from conversation.signals import Signal
from functions.batch_monitor.setbacks import Setbacks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from conversation.signals import Signals

RESERVE_S: Final = 15.0
"""What is begun with less time left than this might be cut off in the middle (which is harmless,
but alarms): one request's time-out and one transaction's patience."""


class Follower(Protocol):
    """Looks at one kind of calls."""

    def follow(
        self, first_start: datetime, in_time: Callable[[], bool], setbacks: Setbacks
    ) -> None:
        """Settle what is finished, as long as ``in_time``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The use case. Overlapping, killed and repeated ticks do no harm.

    What fails is told and left to the next tick; where much does, or ElevenLabs asks us to wait,
    this one ends (``Setbacks``).
    """

    first_start: Callable[[datetime], datetime]
    followers: Sequence[Follower]
    signals: Signals
    clock: Callable[[], datetime]
    mix: Callable[[list[Follower]], None] = lambda _: None
    """Mixes who goes first: where one kind of calls fills the outbox, the other must not wait for
    its end."""

    def tick(self, time_left_s: Callable[[], float]) -> None:
        """Look once at everything. Raises ``Defect`` alone."""
        try:
            first_start = self.first_start(self.clock())
            setbacks = Setbacks(self.signals)
            for follower in self._mixed():
                follower.follow(first_start, lambda: time_left_s() > RESERVE_S, setbacks)
        except Transient as error:
            self.signals(
                Signal.PROVIDER_FAILED,
                where="batch_monitor",
                reason=error.reason,
                retry_after_s=error.retry_after_s,
            )
        except Permanent as error:
            self.signals(
                Signal.PROVIDER_FAILED,
                where="batch_monitor",
                reason=error.reason,
                remedy=str(error),
            )

    def _mixed(self) -> list[Follower]:
        followers = list(self.followers)
        self.mix(followers)
        return followers
