"""Who holds which shard: the leases, as the table keeps them and connectors judge them.

Nothing here tells the time: whether a lease has expired is judged by who looks at it, by its own
monotonic clock since it saw the counter move (``connector.sharding``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversation.identifiers import WorkerId


@dataclass(frozen=True, slots=True)
class Owner:
    """Who commits: the shard's epoch and its number, as the lease gave them."""

    epoch: int
    shard: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease of one shard. ``counter`` moves with every renewal, taking and giving."""

    shard: int
    owner: WorkerId | None = None
    epoch: int = 0
    counter: int = 0

    @property
    def held_as(self) -> Owner:
        """What its owner commits under."""
        return Owner(self.epoch, self.shard)


@dataclass(frozen=True, slots=True)
class Worker:
    """One connector process.

    ``draining``: it still answers turns of shards that it gave away; leave what it has asked.
    ``leaving``: it wants no shard any more.
    """

    worker: WorkerId
    counter: int = 0
    draining: bool = False
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Fleet:
    """All leases, one a shard in order, and all workers, as one read found them."""

    leases: tuple[Lease, ...]
    workers: tuple[Worker, ...] = ()
