"""Who should hold which shard, decided alike by every connector from the same table.

The laws:

- A lease is judged by one's own monotonic clock, since one saw its counter move. No clock is ever
  compared with another's.
- An owner stops serving a margin *before* another may take: it counts from the moment it *sent* its
  last confirmed renewal, the other from the later moment at which it *saw* it.
- Expired and unowned leases are taken at once. All who look allot them alike, to the least loaded,
  so that they do not race for the same ones. An expired one is dealt to nobody who came too lately
  to have seen it expire: it would lie idle until they had.
- A live owner is never robbed: whoever holds too many gives, one a pass, and stops serving first.
- Whoever leaves says so, serves on until the others have had the time to see it, and then gives
  everything. While a shard is about to change hands those who may take it look more often.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conversation.identifiers import WorkerId
    from conversation.leases import Fleet, Lease, Worker


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a lease or a worker looked like when it last changed, and when we saw that."""

    version: tuple[object, ...]
    at: float
    moved: bool = False
    """We saw it change. What never did may have been dead for long when we came."""
    first_at: float = 0.0
    """When we saw it for the first time."""


Sightings = dict[str, Sighting]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do in one pass, in this order."""

    renew: tuple[Lease, ...] = ()
    take: tuple[Lease, ...] = ()
    give: tuple[Lease, ...] = ()


def look(seen: Mapping[str, Sighting], fleet: Fleet, now: float) -> Sightings:
    """What is seen at ``now``: whoever has not moved keeps the time at which it last did."""
    versions = {_lease_name(lease): _lease_version(lease) for lease in fleet.leases}
    versions |= {_worker_name(worker): (worker.counter,) for worker in fleet.workers}
    return {name: _sighting(seen.get(name), version, now) for name, version in versions.items()}


def _sighting(before: Sighting | None, version: tuple[object, ...], now: float) -> Sighting:
    if before is None:
        return Sighting(version, now, first_at=now)
    if before.version == version:
        return before
    return Sighting(version, now, moved=True, first_at=before.first_at)


def plan(
    me: WorkerId,
    fleet: Fleet,
    seen: Mapping[str, Sighting],
    now: float,
    *,
    ttl_s: float,
    leaving: bool = False,
    announced: bool = True,
) -> Plan:
    """What ``me`` does about the shards now. ``seen`` is ``look``'s, of this very fleet.

    ``announced``: the others have had the time to see that ``me`` is ``leaving``.
    """
    mine = tuple(lease for lease in fleet.leases if lease.owner == me)
    view = _View(me, fleet, seen, now - ttl_s)
    if leaving:
        return Plan(give=mine) if announced or not view.has_heirs() else Plan(renew=mine)
    free = tuple(lease for lease in fleet.leases if view.is_free(lease))
    loads = view.loads(free)
    if free:
        return Plan(renew=mine, take=_allotted(me, free, loads, view.veterans(loads)))
    return _balanced(me, mine, loads)


def next_expiry(
    me: WorkerId, fleet: Fleet, seen: Mapping[str, Sighting], *, ttl_s: float
) -> float | None:
    """When the first lease of another expires, unless it moves until then."""
    others = (lease for lease in fleet.leases if lease.owner not in {None, me})
    return min((seen[_lease_name(lease)].at + ttl_s for lease in others), default=None)


def astir(
    me: WorkerId, fleet: Fleet, seen: Mapping[str, Sighting], now: float, *, ttl_s: float
) -> bool:
    """Whether a shard is about to become free, or is, that may be for ``me`` to take."""
    view = _View(me, fleet, seen, now - ttl_s)
    if any(lease.owner is None or view.leaves(lease.owner) for lease in fleet.leases):
        return True
    loads = view.loads(())
    return max(loads.values()) - loads[me] > 1


def drainers(me: WorkerId, fleet: Fleet, seen: Mapping[str, Sighting], since: float) -> bool:
    """Whether another live worker still answers turns of shards that it gave away.

    ``since`` is the time before which a sighting is too old to count as life.
    """
    view = _View(me, fleet, seen, since)
    others = (worker for worker in fleet.workers if worker.worker != me)
    return any(worker.draining and view.is_alive(worker) for worker in others)


@dataclass(frozen=True, slots=True)
class _View:
    """The fleet as ``me`` sees it: what has not moved since ``since`` is dead."""

    me: WorkerId
    fleet: Fleet
    seen: Mapping[str, Sighting]
    since: float

    def is_free(self, lease: Lease) -> bool:
        return lease.owner is None or (lease.owner != self.me and self._dead(_lease_name(lease)))

    def is_alive(self, worker: Worker) -> bool:
        return not self._dead(_worker_name(worker))

    def leaves(self, worker: WorkerId) -> bool:
        """Whether the worker is another that is about to give what it has."""
        return any(other.worker == worker and other.leaving for other in self._others())

    def has_heirs(self) -> bool:
        """Whether another is there to take what I give."""
        return any(not other.leaving for other in self._others())

    def _others(self) -> Iterator[Worker]:
        """Those who live."""
        return (w for w in self.fleet.workers if w.worker != self.me and self.is_alive(w))

    def loads(self, free: tuple[Lease, ...]) -> Counter[WorkerId]:
        """How many shards each worker holds that may hold any, itself included.

        Whoever has not been seen to move gets none: a shard dealt to a dead one would lie idle.
        """
        buried = {lease.owner for lease in free}
        able = {
            worker.worker
            for worker in self.fleet.workers
            if self._moves(worker) and not worker.leaving and worker.worker not in buried
        }
        held = Counter(dict.fromkeys(able | {self.me}, 0))
        for lease in self.fleet.leases:
            if lease.owner is not None and lease.owner in held and lease not in free:
                held[lease.owner] += 1
        return held

    def veterans(self, able: Iterable[WorkerId]) -> frozenset[WorkerId]:
        """Those who have been there for long enough to see a lease expire."""
        seen = {name: self.seen.get(f"worker#{name}") for name in able}
        long = {
            name for name, sighting in seen.items() if sighting and sighting.first_at <= self.since
        }
        return frozenset(long | {self.me})

    def _moves(self, worker: Worker) -> bool:
        sighting = self.seen.get(_worker_name(worker))
        return sighting is not None and sighting.moved and self.is_alive(worker)

    def _dead(self, name: str) -> bool:
        sighting = self.seen.get(name)
        return sighting is not None and sighting.at <= self.since


def _allotted(
    me: WorkerId,
    free: tuple[Lease, ...],
    loads: Counter[WorkerId],
    veterans: frozenset[WorkerId],
) -> tuple[Lease, ...]:
    """My part of the free leases, dealt one by one to who holds the fewest."""
    held = loads.copy()
    part = []
    for lease in free:
        able = held if lease.owner is None else veterans
        least = min(able, key=lambda worker: (held[worker], worker))
        held[least] += 1
        if least == me:
            part.append(lease)
    return tuple(part)


def _balanced(me: WorkerId, mine: tuple[Lease, ...], loads: Counter[WorkerId]) -> Plan:
    """Keep all, or give one away where I hold the most and another two fewer.

    It is the one that I have had for the longest, by its epoch: one whose owner died a moment ago,
    whose people have waited since, is not handed on in the middle of that.
    """
    fullest = max(loads, key=lambda worker: (loads[worker], worker))
    if fullest != me or loads[me] - min(loads.values()) <= 1:
        return Plan(renew=mine)
    given = min(mine, key=lambda lease: lease.epoch)
    return Plan(renew=tuple(lease for lease in mine if lease is not given), give=(given,))


def _lease_name(lease: Lease) -> str:
    return f"shard#{lease.shard}"


def _lease_version(lease: Lease) -> tuple[object, ...]:
    return (lease.owner, lease.epoch, lease.counter)


def _worker_name(worker: Worker) -> str:
    return f"worker#{worker.worker}"
