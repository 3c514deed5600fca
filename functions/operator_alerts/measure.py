"""How long the oldest message has been waiting: for an answer, and to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from conversation.errors import Transient
from conversation.messages import Direction
from conversation.signals import Signal

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.signals import Signals

_QUEUES: Final = {Direction.INBOUND: "inbox", Direction.OUTBOUND: "outbox"}


class Pending(Protocol):
    """The index of what is unfinished."""

    def oldest(self, side: Direction, shard: int) -> datetime | None:
        """Since when the oldest has stood in it. Raises ``Transient``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """The use case. The table is asked, not the queues: a doorbell may be lost, a message not."""

    pending: Pending
    signals: Signals
    shards: int

    def measure(self, now: datetime) -> None:
        """Tell both ages, in seconds. Where the table does not answer, nothing is told."""
        try:
            for side, queue in _QUEUES.items():
                self.signals(Signal.QUEUE_MEASURED, queue=queue, age_s=self._age_s(side, now))
        except Transient as error:
            self.signals(Signal.PROVIDER_FAILED, where="pending", reason=error.reason)

    def _age_s(self, side: Direction, now: datetime) -> float:
        since = (self.pending.oldest(side, shard) for shard in range(self.shards))
        oldest = min(filter(None, since), default=now)
        return round(max(0.0, (now - oldest).total_seconds()), 1)
