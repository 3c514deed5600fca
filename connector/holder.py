"""The hub, as the keeper's thread reaches it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.hub import Hub
    from connector.loop import Loop
    from conversation.leases import Owner

T = TypeVar("T")


def ask(loop: Loop, work: Callable[[], T], *, patience_s: float) -> T | None:
    """Have ``work`` done on the loop and wait for its result; ``None`` where it takes too long."""
    done = threading.Event()
    result: list[T] = []

    def run() -> None:
        result.append(work())
        done.set()

    loop.call_soon_threadsafe(run)
    return result[0] if done.wait(patience_s) else None


class OnLoop:
    """A ``keeper.Holder``."""

    def __init__(self, loop: Loop, hub: Hub, *, patience_s: float) -> None:
        self._loop = loop
        self._hub = hub
        self._patience_s = patience_s

    def hold(self, owner: Owner, until: float) -> None:
        """Serve the shard until then."""
        self._loop.call_soon_threadsafe(self._hub.shards.hold, owner, until)

    def give(self, shard: int) -> bool:
        """Stop serving the shard, now. ``False``: it could not be made sure of."""

        def give() -> bool:
            self._hub.shards.give(shard)
            return True

        return ask(self._loop, give, patience_s=self._patience_s) is not None

    def lose(self, shard: int) -> None:
        """The shard is another's."""
        self._loop.call_soon_threadsafe(self._hub.shards.lose, shard)

    def open_turns(self) -> int:
        """How many turns of given-away shards are still open."""
        turns = ask(self._loop, lambda: self._hub.busy, patience_s=self._patience_s)
        return 0 if turns is None else turns

    def heed_drainers(self, others_drain: bool) -> None:  # noqa: FBT001 - as the keeper hands it on
        """Whether others still have turns open in shards that they gave away."""
        self._hub.others_drain = others_drain
