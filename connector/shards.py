"""The shards that this process serves, each until its lease can no longer be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conversation.signals import Signal

if TYPE_CHECKING:
    from connector.loop import Loop, Timer
    from conversation.leases import Owner
    from conversation.signals import Signals


class Served(Protocol):
    """Who serves the contacts of a shard."""

    def shard_taken(self, owner: Owner) -> None:
        """Begin, with what is unfinished."""

    def shard_given(self, owner: Owner) -> None:
        """Finish the turns that are open, and nothing else."""

    def shard_lost(self, owner: Owner) -> None:
        """Write nothing more and close everything."""

    def shards_changed(self) -> None:
        """There are more of them now, or fewer."""


@dataclass(slots=True)
class _Held:
    owner: Owner
    timer: Timer


class Shards:
    """Belongs to the loop's thread. A shard whose time runs out is lost by itself."""

    def __init__(self, loop: Loop, served: Served, signals: Signals) -> None:
        self._loop = loop
        self._served = served
        self._signals = signals
        self._held: dict[int, _Held] = {}

    @property
    def held(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(self._held)

    def owner_of(self, shard: int) -> Owner | None:
        """As whom we serve the shard, if we do."""
        held = self._held.get(shard)
        return held.owner if held else None

    def hold(self, owner: Owner, until: float) -> None:
        """Serve a shard until then, or longer if told so in time."""
        held = self._held.get(owner.shard)
        if held is not None and held.owner == owner:
            held.timer.cancel()
            held.timer = self._loop.call_at(until, self.lose, owner.shard)
            return
        if held is not None:
            self.lose(owner.shard)
        timer = self._loop.call_at(until, self.lose, owner.shard)
        self._held[owner.shard] = _Held(owner, timer)
        self._signals(Signal.SHARD_TAKEN, shard=owner.shard, epoch=owner.epoch)
        self._served.shards_changed()
        self._served.shard_taken(owner)

    def give(self, shard: int) -> None:
        """Stop serving a shard of one's own accord."""
        owner = self._let_go(shard, Signal.SHARD_RELEASED)
        if owner is not None:
            self._served.shard_given(owner)

    def lose(self, shard: int) -> None:
        """The shard is another's, or may be."""
        owner = self._let_go(shard, Signal.SHARD_LOST)
        if owner is not None:
            self._served.shard_lost(owner)

    def _let_go(self, shard: int, signal: Signal) -> Owner | None:
        held = self._held.pop(shard, None)
        if held is None:
            return None
        held.timer.cancel()
        self._signals(signal, shard=shard, epoch=held.owner.epoch)
        self._served.shards_changed()
        return held.owner
