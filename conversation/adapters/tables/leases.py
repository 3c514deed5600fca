"""The leases of the shards, the workers that hold them, and the deployment they belong to.

Every write is conditional, and repeating one whose acknowledgement was lost succeeds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pynamodb.exceptions import PutError, UpdateError

from conversation.adapters.tables.transactions import REFUSED, code_of, reading
from conversation.errors import MisconfiguredError
from conversation.identifiers import WorkerId
from conversation.leases import Fleet, Lease, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import LeaseItem
    from conversation.adapters.tables.tables import Tables

FLEET: Final = "connectors"
DEPLOYMENT: Final = "~deployment"
WORKER_KEPT: Final = timedelta(seconds=60)
"""A worker that has not shown itself for so long is forgotten; leases are not judged by this."""


def deployed_shards(tables: Tables) -> int:
    """The number of shards of the deployment; 0 before its first connector has started."""
    model = tables.leases
    with reading():
        try:
            return int(model.get(FLEET, DEPLOYMENT, consistent_read=True).shards or 0)
        except model.DoesNotExist:
            return 0


class LeaseTable:
    """Blocking: the keeper's, on its own thread. Raises ``Transient`` where it cannot tell."""

    def __init__(self, tables: Tables, *, shards: int) -> None:
        self._model = tables.leases
        self._shards = shards

    def found(self) -> None:
        """Record the number of shards, or refuse another than the recorded one.

        Raises ``MisconfiguredError``: doorbells of one number would ring at the wrong home.
        """
        model = self._model
        item = model(fleet=FLEET, name=DEPLOYMENT, shards=self._shards, epoch=0)
        with reading():
            try:
                item.save(model.name.does_not_exist())
            except PutError as error:
                if not _refused(error):
                    raise
                self._check_shards()

    def read(self, now: datetime) -> Fleet:
        """All leases and all workers that showed themselves lately."""
        leases = {shard: Lease(shard) for shard in range(self._shards)}
        workers = []
        with reading():
            for item in self._model.query(FLEET, consistent_read=True):
                kind, _, name = item.name.partition("#")
                if kind == "shard" and int(name) in leases:
                    leases[int(name)] = _lease(item)
                elif kind == "worker" and (item.expires_at or 0) > now.timestamp():
                    workers.append(_worker(item))
        return Fleet(tuple(leases.values()), tuple(workers))

    def beat(self, worker: Worker, now: datetime) -> None:
        """Show that the worker lives, and how."""
        model = self._model
        actions: list[Action] = [
            model.counter.set(worker.counter),
            model.draining.set(worker.draining),
            model.leaving.set(worker.leaving),
            model.expires_at.set(int((now + WORKER_KEPT).timestamp())),
        ]
        with reading():
            model(fleet=FLEET, name=f"worker#{worker.worker}").update(actions)

    def sign_off(self, worker: WorkerId) -> None:
        """Remove the worker: it holds nothing and answers nobody any more."""
        with reading():
            self._model(fleet=FLEET, name=f"worker#{worker}").delete()

    def take(self, lease: Lease, worker: WorkerId) -> Lease | None:
        """Make a free or expired lease ours, under a new epoch. ``None``: it has moved meanwhile.

        Epochs come from one counter of the whole deployment, which never goes back.
        """
        model, epoch = self._model, self._next_epoch()
        ours = (model.owner == worker) & (model.epoch == epoch)
        taken = Lease(lease.shard, worker, epoch, lease.counter + 1)
        actions: list[Action] = [
            model.owner.set(worker),
            model.epoch.set(epoch),
            model.counter.set(taken.counter),
        ]
        return taken if self._change(lease, actions, self._unmoved(lease) | ours) else None

    def renew(self, lease: Lease) -> Lease | None:
        """Keep it. ``None``: it is another's now."""
        model = self._model
        counter = lease.counter + 1
        if not self._change(lease, [model.counter.set(counter)], self._held(lease)):
            return None
        return Lease(lease.shard, lease.owner, lease.epoch, counter)

    def give(self, lease: Lease) -> None:
        """Let it go; whoever took it meanwhile keeps it."""
        model = self._model
        actions: list[Action] = [model.owner.remove(), model.counter.set(lease.counter + 1)]
        self._change(lease, actions, self._held(lease))

    def _next_epoch(self) -> int:
        item = self._model(fleet=FLEET, name=DEPLOYMENT)
        with reading():
            item.update([self._model.epoch.add(1)])
        return int(item.epoch)

    def _check_shards(self) -> None:
        known = int(self._model.get(FLEET, DEPLOYMENT, consistent_read=True).shards)
        if known != self._shards:
            raise MisconfiguredError(
                [
                    (
                        f"INBOX_QUEUE_URLS names {self._shards} queues, but this deployment has "
                        f"{known} shards, for good: name its {known} queues, in their order"
                    )
                ]
            )

    def _unmoved(self, lease: Lease) -> Condition:
        model = self._model
        if lease.owner is None and not lease.counter:
            new: Condition = model.name.does_not_exist()
            return new
        owner = model.owner.does_not_exist() if lease.owner is None else model.owner == lease.owner
        same: Condition = owner & (model.epoch == lease.epoch) & (model.counter == lease.counter)
        return same

    def _held(self, lease: Lease) -> Condition:
        model = self._model
        held: Condition = (model.owner == lease.owner) & (model.epoch == lease.epoch)
        return held

    def _change(self, lease: Lease, actions: Sequence[Action], condition: Condition) -> bool:
        item = self._model(fleet=FLEET, name=f"shard#{lease.shard}")
        with reading():
            try:
                item.update(list(actions), condition=condition)
            except UpdateError as error:
                if not _refused(error):
                    raise
                return False
        return True


def _refused(error: PutError | UpdateError) -> bool:
    return code_of(error) == REFUSED


def _lease(item: LeaseItem) -> Lease:
    return Lease(
        shard=int(item.name.partition("#")[2]),
        owner=WorkerId(item.owner) if item.owner else None,
        epoch=int(item.epoch or 0),
        counter=int(item.counter or 0),
    )


def _worker(item: LeaseItem) -> Worker:
    return Worker(
        worker=WorkerId(item.name.partition("#")[2]),
        counter=int(item.counter or 0),
        draining=bool(item.draining),
        leaving=bool(item.leaving),
    )
