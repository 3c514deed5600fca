"""The keeper of the leases: renews, takes and gives shards, on a thread of its own.

It fences itself: a shard is served only until the time-to-live of its lease, less a margin, counted
from the moment at which the last confirmed renewal was *sent*. The loop's own timer sees to that,
so that a keeper that hangs cannot keep anything.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from connector.sharding import astir, drainers, look, next_expiry, plan
from conversation.errors import HiloError, Transient
from conversation.leases import Worker
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from connector.sharding import Plan, Sightings
    from conversation.identifiers import WorkerId
    from conversation.leases import Fleet, Lease, Owner
    from conversation.signals import Signals

SOON_S: Final = 0.1
"""The shortest pause between two passes."""

ASTIR_S: Final = 0.25
"""The pause between two looks while a shard is about to change hands."""

ANNOUNCED_TICKS: Final = 1.5
"""So many ticks after it was said that one leaves all others have looked."""

MARGIN: Final = 0.25
"""The part of its time-to-live by which a lease is given up early: clocks drift, writes travel."""


class Leases(Protocol):
    """The table of leases. Blocking; raises ``Transient`` where it cannot tell."""

    def read(self, now: datetime) -> Fleet:
        """All leases and all workers."""

    def beat(self, worker: Worker, now: datetime) -> None:
        """Show that the worker lives, and how."""

    def sign_off(self, worker: WorkerId) -> None:
        """Remove the worker."""

    def take(self, lease: Lease, worker: WorkerId) -> Lease | None:
        """Make a lease ours, under a new epoch."""

    def renew(self, lease: Lease) -> Lease | None:
        """Keep it."""

    def give(self, lease: Lease) -> None:
        """Let it go."""


class Holder(Protocol):
    """Who serves the shards. Called on the keeper's thread."""

    def hold(self, owner: Owner, until: float) -> None:
        """Serve the shard until then."""

    def give(self, shard: int) -> bool:
        """Stop serving the shard, now. ``False``: it could not be made sure of."""

    def lose(self, shard: int) -> None:
        """The shard is another's."""

    def open_turns(self) -> int:
        """How many turns of given-away shards are still open."""

    def heed_drainers(self, others_drain: bool) -> None:  # noqa: FBT001 - a fact handed on
        """Whether others still have turns open in shards that they gave away."""


class Keeper:
    """``step`` is one pass or look; ``start`` makes them again and again until ``finish``."""

    def __init__(
        self,
        leases: Leases,
        holder: Holder,
        *,
        worker: WorkerId,
        ttl_s: float,
        tick_s: float,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        signals: Signals,
    ) -> None:
        self._leases = leases
        self._holder = holder
        self._worker = worker
        self._ttl_s = ttl_s
        self._tick_s = tick_s
        self._clock = clock
        self._now = now
        self._signals = signals
        self._mine: dict[int, Lease] = {}
        self._seen: Sightings = {}
        self._beats = 0
        self._leaving = False
        self._finished = False
        self._astir = False
        self._tick_at = 0.0
        self._give_at: float | None = None
        """When everything is given: set as soon as the others can read that we leave."""
        self._expiry: float | None = None
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self.reached_at: float | None = None
        """When the table last answered."""

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    @property
    def announced_s(self) -> float:
        """How long one that leaves serves on: until all others have looked."""
        return ANNOUNCED_TICKS * self._tick_s

    def leave(self) -> None:
        """Announce it, then give everything; take nothing more. From any thread."""
        self._leaving = True
        self._wake.set()

    def finish(self, timeout_s: float) -> None:
        """Say goodbye to the others, and end."""
        self._finished = True
        self._wake.set()
        self._thread.join(timeout_s)

    def step(self) -> None:
        """A pass where one is due, and between two of them no more than a look."""
        unannounced = self._leaving and self._give_at is None
        if unannounced or self._clock() >= self._tick_at:
            self.tick()
        else:
            with self._trying():
                self._share(self._leases.read(self._now()))

    def tick(self) -> None:
        """One pass: keep what is ours, look at the others, take and give."""
        self._tick_at = self._clock() + self._tick_s
        for lease in list(self._mine.values()):
            with self._trying():
                self._renew(lease)
        with self._trying():
            self._beat()
            self._share(self._leases.read(self._now()))

    def _share(self, fleet: Fleet) -> None:
        now = self._clock()
        self.reached_at = now
        self._seen = look(self._seen, fleet, now)
        self._holder.heed_drainers(drainers(self._worker, fleet, self._seen, now - self._ttl_s))
        self._expiry = next_expiry(self._worker, fleet, self._seen, ttl_s=self._ttl_s)
        self._astir = astir(self._worker, fleet, self._seen, now, ttl_s=self._ttl_s)
        self._do(self._plan(fleet, now))

    def _plan(self, fleet: Fleet, now: float) -> Plan:
        announced = self._give_at is not None and now >= self._give_at
        return plan(
            self._worker, fleet, self._seen, now, ttl_s=self._ttl_s,
            leaving=self._leaving, announced=announced,
        )  # fmt: skip

    def _do(self, todo: Plan) -> None:
        for lease in todo.renew:
            if lease.shard not in self._mine:  # taken by a request whose answer never came
                self._renew(lease)
        for lease in todo.take:
            self._take(lease)
        for lease in todo.give:
            self._give(lease)

    def _renew(self, lease: Lease) -> None:
        sent_at = self._clock()
        renewed = self._leases.renew(lease)
        if renewed is None:
            self._mine.pop(lease.shard, None)
            self._holder.lose(lease.shard)
        else:
            self._have(renewed, sent_at)

    def _take(self, lease: Lease) -> None:
        sent_at = self._clock()
        taken = self._leases.take(lease, self._worker)
        if taken is not None:
            self._have(taken, sent_at)

    def _have(self, lease: Lease, sent_at: float) -> None:
        self._mine[lease.shard] = lease
        self._holder.hold(lease.held_as, sent_at + self._ttl_s * (1 - MARGIN))

    def _give(self, lease: Lease) -> None:
        """Serve no more, tell the others what is still open, and only then let go."""
        if not self._holder.give(lease.shard):
            return
        self._mine.pop(lease.shard, None)
        self._beat()
        self._leases.give(lease)

    def _beat(self) -> None:
        self._beats += 1
        draining = self._holder.open_turns() > 0
        leaving = self._leaving
        me = Worker(self._worker, self._beats, draining=draining, leaving=leaving)
        self._leases.beat(me, self._now())
        if leaving and self._give_at is None:
            self._give_at = self._clock() + self.announced_s

    @property
    def pause_s(self) -> float:
        """Until the next pass: sooner where the lease of another may expire before, or is to move.

        One that has expired already, and was dealt to another, is no reason to hurry.
        """
        now = self._clock()
        due = [at for at in (self._tick_at, self._give_at, self._expiry) if at and at > now]
        left_s = min(due, default=now + self._tick_s) - now
        return max(min(left_s, ASTIR_S if self._hurries else self._tick_s), SOON_S)

    @property
    def _hurries(self) -> bool:
        return self._astir and not self._leaving

    def _run(self) -> None:
        while not self._finished:
            self.step()
            self._wake.wait(self.pause_s)
            self._wake.clear()
        with self._trying():
            self._leases.sign_off(self._worker)

    @contextmanager
    def _trying(self) -> Iterator[None]:
        """A supervisor: what fails now is done in the next pass, or the timers end it."""
        try:
            yield
        except Transient as error:
            self._signals(Signal.PROVIDER_FAILED, where="leases", reason=error.reason)
        except Exception as error:  # noqa: BLE001 - see above
            reason = error.reason if isinstance(error, HiloError) else None
            self._signals(
                Signal.DEFECT_FOUND, where="leases", error=type(error).__name__, reason=reason
            )
