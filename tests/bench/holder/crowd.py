"""Many sockets of an asyncio library, opened, talked on, and opened again when they are lost."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from typing import TYPE_CHECKING, Any

from tests.bench.holder.member import METADATA_S, TRIES, Member, Tally
from tests.bench.holder.talking import Wire, order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Join = Callable[["Crowd", Member, str], Awaitable[None]]

_TICK_S = 0.01
_PATIENCE_S = 15.0
_PAUSE_S = 0.5


class Crowd:
    """``join`` connects a member, sets its ``say``, and reports with ``lost`` when it is over."""

    def __init__(self, join: Join) -> None:
        self.order = order()
        self.context = ssl.create_default_context(cafile=self.order.ca)
        self.members: list[Member] = []
        self.tally = Tally()
        self._join = join
        self._gate = asyncio.Semaphore(self.order.parallel)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._again = False

    def spawn(self, work: Any) -> None:
        """Run it, and hold on to it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def lost(self, member: Member) -> None:
        """The socket is gone: open another, as soon as it is its turn."""
        member.gone()
        if self._again:
            self.spawn(self._enter(member, ask=True))
        else:
            self.tally.errors += 1

    async def open(self, count: int) -> dict[str, Any]:
        """Open so many, each as far as its metadata."""
        self.members = [Member(index, self.tally) for index in range(count)]
        left = iter(self.members)

        async def work() -> None:
            for member in left:
                await self._enter(member)

        await asyncio.gather(*(work() for _ in range(self.order.parallel)))
        return {"open": self._open(), "errors": self.tally.errors}

    async def turns(self, count: int, rate: float) -> dict[str, Any]:
        """So many messages at this rate, in turn over all sockets."""
        self.tally.clear()
        began, asked, late = time.perf_counter(), 0, 0
        while asked < count:
            due = min(count, int((time.perf_counter() - began) * rate))
            while asked < due:
                member = self.members[asked % len(self.members)]
                asked += 1
                if member.say is None or member.asked_at:
                    late += 1
                else:
                    await member.say(member.question())
            await asyncio.sleep(_TICK_S)
        await self._until(lambda: len(self.tally.seconds) + late >= count, _PATIENCE_S)
        self.tally.errors += max(0, count - late - len(self.tally.seconds))
        return {**self.tally.summary(), "skipped": late, "errors": self.tally.errors}

    async def reconnect(self, within_s: float) -> dict[str, Any]:
        """Until all are open again, and one message of each is answered."""
        wanted = len(self.members)
        await self._until(lambda: len(self.tally.seconds) >= wanted, within_s)
        self._again = False
        return {"open": self._open(), "errors": self.tally.errors}

    async def brace(self) -> dict[str, Any]:
        """From now on who is lost comes back."""
        self._again = True
        self.tally.clear()
        return {}

    async def run(self, version: str) -> None:
        """Obey until told to quit."""
        loop, wire = asyncio.get_running_loop(), Wire()
        wire.say("ready", version=version)
        while (command := await loop.run_in_executor(None, wire.command))["do"] != "quit":
            name = command.pop("do")
            wire.say(name, **await getattr(self, name)(**command))

    def _open(self) -> int:
        return sum(member.ready for member in self.members)

    async def _enter(self, member: Member, *, ask: bool = False) -> None:
        async with self._gate:
            for _ in range(TRIES):
                if await self._tried(member):
                    break
                self.tally.errors += 1
                await asyncio.sleep(_PAUSE_S)
        if ask and member.say is not None:
            await member.say(member.question())

    async def _tried(self, member: Member) -> bool:
        ready = asyncio.Event()
        member.on_ready = ready.set
        try:
            await self._join(self, member, self.order.url(member.index))
            await member.say(member.initiation())
            await asyncio.wait_for(ready.wait(), METADATA_S)
        except Exception:  # noqa: BLE001 - whatever a library raises is one failed try
            return False
        finally:
            member.on_ready = None
        return True

    @staticmethod
    async def _until(done: Callable[[], bool], within_s: float) -> None:
        late = time.perf_counter() + within_s
        while not done() and time.perf_counter() < late:  # noqa: ASYNC110 - counters, not events
            await asyncio.sleep(_TICK_S)


def run(join: Join, version: str) -> None:
    """The whole process."""

    async def main() -> None:
        await Crowd(join).run(version)
        os._exit(0)  # nothing of the goodbyes is measured

    asyncio.run(main())
