"""Ringing again for what was stored and not finished: the doorbell was lost, or who heard it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.messages import Direction
from conversation.signals import Signal
from conversation.sweeping import oldest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from random import Random

    from conversation.signals import Signals
    from conversation.sweeping import Waiting

MOST_ENTRIES: Final = 5_000
"""Entries of the index that one run looks at, a shard and side: the oldest."""

MOST_RINGS: Final = 1_000
"""Contacts that one run rings for, a shard and side; the next run rings for others."""

FEWEST_RINGS: Final = 5
"""Where as many doorbells wait in the queue as contacts: each has one in it, most likely. To ring
for all of them at each run is work that fills the queue, and what is rung for meanwhile waits."""

STOP_S: Final = 10.0
"""With less time than this a run ends: the next one goes on."""

_BELLS: Final = {Direction.INBOUND: BellKind.INBOX, Direction.OUTBOUND: BellKind.OUTBOX}


class Pending(Protocol):
    """The index of what is unfinished. A hint: it may show what is over."""

    def older_than(
        self, before: datetime, side: Direction, shard: int, limit: int
    ) -> list[Waiting]:
        """What has stood in it since ``before`` or longer, the oldest first."""

    def clear(self, waiting: Waiting, side: Direction) -> bool:
        """Take a finished message out of it; ``False``: it is not finished, or was out."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


class Backlog(Protocol):
    """What waits in the queues already."""

    def waiting(self, side: Direction, shard: int) -> int:
        """About how many doorbells. Raises ``Transient``."""


def rings(contacts: int, waiting: int) -> int:
    """For how many of ``contacts`` to ring into a queue in which so many doorbells wait."""
    return max(FEWEST_RINGS, min(contacts - waiting, MOST_RINGS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """The use case. Ringing once too often costs a read; the item decides what is due."""

    pending: Pending
    bells: Bells
    backlog: Backlog
    signals: Signals
    chance: Random
    shards: int
    after_s: float

    def sweep(self, now: datetime, time_left: Callable[[], float]) -> int:
        """Ring for all that is older than ``after_s``. Returns for how many contacts.

        Raises ``Transient`` where the index cannot be read.
        """
        before = now - timedelta(seconds=self.after_s)
        rung = cleared = 0
        for shard in range(self.shards):
            for side in Direction:
                if time_left() < STOP_S:
                    break
                found = self.pending.older_than(before, side, shard, MOST_ENTRIES)
                cleared += self._clear(found, side, time_left)
                rung += self._ring(found, side, shard, time_left)
        self.signals(Signal.SWEEP_FINISHED, count=rung, parts=cleared)
        return rung

    def _ring(
        self,
        found: Iterable[Waiting],
        side: Direction,
        shard: int,
        time_left: Callable[[], float],
    ) -> int:
        oldest = list(oldest_of(found).items())
        # By chance: where there are too many, nobody is for ever behind the same others.
        self.chance.shuffle(oldest)
        rung = 0
        for contact_id, key in oldest[: self._rings(len(oldest), side, shard)]:
            if time_left() < STOP_S:
                break
            rung += self._rang(Doorbell(_BELLS[side], contact_id, key))
        return rung

    def _rings(self, contacts: int, side: Direction, shard: int) -> int:
        if contacts <= FEWEST_RINGS:
            return contacts
        try:
            return rings(contacts, self.backlog.waiting(side, shard))
        except Transient:
            return MOST_RINGS

    def _rang(self, bell: Doorbell) -> bool:
        named = {
            "contact_id": bell.contact_id,
            "message_key": bell.key,
            "queue": bell.kind.value,
        }
        try:
            self.bells.ring(bell)
        except Transient as error:
            self.signals(Signal.DOORBELL_FAILED, **named, reason=error.reason)
            return False
        self.signals(Signal.DOORBELL_RUNG, **named, reason="sweep")
        return True

    def _clear(
        self, found: Iterable[Waiting], side: Direction, time_left: Callable[[], float]
    ) -> int:
        """Mend what a crash left behind. A lagging index shows the same, and is left alone."""
        lingering = (entry for entry in found if not entry.unfinished)
        return sum(self.pending.clear(each, side) for each in lingering if time_left() >= STOP_S)
