"""Listening for doorbells: one thread a shard that is held, and one that tells the queue.

A doorbell is deleted once the read that it caused has been done. Losing, repeating or reordering
one does not matter: the table is the truth, and the sweeper rings again.
"""

from __future__ import annotations

import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from conversation.doorbells import BellKind, Doorbell, read_doorbell
from conversation.errors import HiloError, Refused, Transient
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connector.loop import Loop
    from conversation.signals import Signals

_PAUSE_S: Final = 1.0
"""After a queue that did not answer."""


class Letter(Protocol):
    """A queue message."""

    @property
    def body(self) -> str:
        """What it says."""

    @property
    def handle(self) -> str:
        """By what it is deleted or put back."""


class Queue(Protocol):
    """One shard's queue. Blocking; raises ``Transient``."""

    def receive(self, wait_s: int) -> Sequence[Letter]:
        """What has come, waiting for so long at most."""

    def delete(self, handles: Sequence[str]) -> None:
        """These have been heeded. Ten at most."""

    def put_back(self, handle: str) -> None:
        """It is another connector's: let it be received again at once."""


class DeadLetters(Protocol):
    """Where letters are left for an operator. Blocking."""

    def put(self, body: str, reason: str) -> None:
        """Leave one there; raises ``Transient``."""


class Desk(Protocol):
    """Who heeds doorbells, on the loop's thread."""

    def taken(self, shard: int, bell: Doorbell, ack: Callable[[bool], object]) -> bool:
        """Heed it, and tell ``ack`` once whether that was done. ``False``: it is not ours."""


class Intake:
    """Belongs to the loop's thread; its own threads end with it."""

    def __init__(
        self,
        loop: Loop,
        queues: Sequence[Queue],
        *,
        desk: Desk,
        dead_letters: DeadLetters,
        signals: Signals,
        wait_s: int,
    ) -> None:
        self._loop = loop
        self._queues = tuple(queues)
        self._desk = desk
        self._signals = signals
        self._wait_s = wait_s
        self._ears: dict[int, _Ear] = {}
        self._stopping: list[_Ear] = []
        self._clerk = _Clerk(self._queues, dead_letters)

    def start(self) -> None:
        """Start to tell the queues what has been heeded."""
        self._clerk.start()

    def listen(self, shards: Sequence[int]) -> None:
        """Listen to the queues of these shards, and of no other."""
        for shard in set(self._ears) - set(shards):
            ear = self._ears.pop(shard)
            ear.stop.set()
            self._stopping.append(ear)
        for shard in set(shards) - set(self._ears):
            self._ears[shard] = self._new_ear(shard)
            self._ears[shard].start()

    @property
    def quiet(self) -> bool:
        """Whether no request is under way any more that could swallow a doorbell."""
        self._stopping = [ear for ear in self._stopping if ear.is_alive()]
        return not self._ears and not self._stopping

    def stop(self, timeout_s: float) -> None:
        """Tell the queues what is left to be told."""
        self._clerk.finish(timeout_s)

    def _new_ear(self, shard: int) -> _Ear:
        return _Ear(
            self._queues[shard],
            heard=lambda got: self._loop.call_soon_threadsafe(partial(self._heard, shard, got)),
            failed=lambda error: self._signals(
                Signal.PROVIDER_FAILED, queue=f"inbox-{shard}", reason=error.reason
            ),
            wait_s=self._wait_s,
        )

    def _heard(self, shard: int, letter: Letter) -> None:
        try:
            bell = read_doorbell(letter.body)
        except Refused as error:
            self._signals(Signal.DOORBELL_REFUSED, shard=shard, reason=error.reason)
            self._clerk.bury(shard, letter, error.reason)
            return
        ack = partial(self._clerk.do, shard, letter.handle)
        if self._desk.taken(shard, bell, ack):
            self._signals(
                Signal.DOORBELL_TAKEN,
                contact_id=bell.contact_id if bell.kind is BellKind.INBOX else None,
                message_key=bell.key,
                shard=shard,
                kind=bell.kind.value,
            )
        else:
            ack(False)  # noqa: FBT003 - not heeded


class _Ear(threading.Thread):
    """Receives from one queue until it is told to stop."""

    def __init__(
        self,
        inbox: Queue,
        *,
        heard: Callable[[Letter], object],
        failed: Callable[[HiloError], object],
        wait_s: int,
    ) -> None:
        super().__init__(name="ear", daemon=True)
        self.stop = threading.Event()
        self._inbox = inbox
        self._heard = heard
        self._failed = failed
        self._wait_s = wait_s

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                for letter in self._inbox.receive(self._wait_s):
                    self._heard(letter)
            except Transient as error:
                self._failed(error)
                self.stop.wait(_PAUSE_S)


class _Clerk(threading.Thread):
    """Deletes, puts back and buries, in helpings."""

    def __init__(self, queues: Sequence[Queue], dead_letters: DeadLetters) -> None:
        super().__init__(name="clerk", daemon=True)
        self._queues = queues
        self._dead_letters = dead_letters
        self._chores: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def do(self, shard: int, handle: str, heeded: bool) -> None:  # noqa: FBT001 - an ``ack``
        inbox = self._queues[shard]
        done = partial(inbox.delete, [handle]) if heeded else partial(inbox.put_back, handle)
        self._chores.put(done)

    def bury(self, shard: int, letter: Letter, reason: str) -> None:
        """Where that fails it comes again, and after its tenth time the queue itself does it."""

        def move() -> None:
            self._dead_letters.put(letter.body, reason)
            self._queues[shard].delete([letter.handle])

        self._chores.put(move)

    def finish(self, timeout_s: float) -> None:
        self._chores.put(None)
        self.join(timeout_s)

    def run(self) -> None:
        while chore := self._chores.get():
            try:
                chore()
            except Transient:
                continue  # it is rung once more, which does not matter
