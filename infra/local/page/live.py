"""What is new, told to every open page at once: calls, phones, and what happens inside."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from conversation.contacts import contact_id_of
from conversation.errors import HiloError
from infra.local.page import happenings
from infra.local.page.calls import OVER, Called, shown
from infra.local.page.stories import Stories

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from infra.local.page.calls import Campaign
    from infra.local.page.phones import Phones
    from infra.local.page.stories import Story
    from infra.local.page.tail import LogTail

News = tuple[str, object]
"""The kind of news, and what there is to know."""

LOOK_EVERY_S: Final = 0.15
CALLS_EVERY_S: Final = 0.3
CALLS_AT_REST_EVERY_S: Final = 2.0
AWAY_S: Final = 1.0
LONG_POLL_S: Final = 20.0


class Live:
    """Watches everything while it runs; nothing is asked of anybody while no page is open."""

    def __init__(
        self, *, campaign: Campaign | None, phones: Phones | None, tail: LogTail, pepper: str
    ) -> None:
        self._campaign = campaign
        self._phones = phones
        self._tail = tail
        self._pepper = pepper
        self._stories = Stories()
        self._numbers: dict[str, str] = {}
        self._called: list[Called] = []
        self._listeners: set[asyncio.Queue[News | None]] = set()
        self._someone = asyncio.Event()
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._over_and_over(self._look_inside))
            if self._campaign:
                group.create_task(self._over_and_over(self._look_at_calls))
            if self._phones:
                group.create_task(self._watch_phones())

    async def news(self) -> AsyncIterator[News]:
        """What stands now, then everything new, until ``stop``."""
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._listeners.add(queue)
        self._someone.set()
        try:
            yield "calls", [shown(one) for one in self._called]
            yield "inside", self._inside(self._stories.all(), [])
            yield "phones", {}
            while (news := await queue.get()) is not None:
                yield news
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                self._someone.clear()

    def hurry(self) -> None:
        """A call was placed: look at once."""
        self._hurry.set()

    def stop(self) -> None:
        """Let every page go."""
        for queue in self._listeners:
            queue.put_nowait(None)

    def know(self, numbers: Iterable[str]) -> None:
        """These people may appear in what happens inside."""
        for number in numbers:
            with contextlib.suppress(HiloError):  # what is no address has no contact
                self._numbers[contact_id_of(number, self._pepper)] = number

    def _tell(self, kind: str, what: object) -> None:
        for queue in self._listeners:
            queue.put_nowait((kind, what))

    async def _over_and_over(self, look: Callable[[], Awaitable[float]]) -> None:
        while True:
            await self._someone.wait()
            try:
                pause = await look()
            except HiloError:  # the simulator is away; the page says so where one asks for it
                pause = AWAY_S
            await asyncio.sleep(pause)

    async def _look_inside(self) -> float:
        lines = await asyncio.to_thread(self._tail.lines)
        now = time.time()
        found = [one for line in lines if (one := happenings.read(line, now))]
        if found:
            changed, gone = self._stories.tell(found)
            self._tell("inside", self._inside(changed, gone))
        return LOOK_EVERY_S

    async def _look_at_calls(self) -> float:
        assert self._campaign  # noqa: S101 - started only with one
        self._hurry.clear()
        called = await self._campaign.progress()
        if called != self._called:
            self._called = called
            self.know(one.number for one in called)
            self._tell("calls", [shown(one) for one in called])
        if any(one.phase not in OVER for one in called):
            return CALLS_EVERY_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), CALLS_AT_REST_EVERY_S)
        return 0.0

    async def _watch_phones(self) -> None:
        last = 0

        async def look() -> float:
            nonlocal last
            assert self._phones  # noqa: S101 - started only with them
            last, moved = await self._phones.changes(last, LONG_POLL_S)
            if moved:
                self.know(await self._phones.numbers())
                self._tell("phones", {})
            return 0.0

        await self._over_and_over(look)

    def _inside(self, stories: Iterable[Story], gone: list[str]) -> dict[str, object]:
        return {"stories": [story.document(self._number_of) for story in stories], "gone": gone}

    def _number_of(self, contact_id: str) -> str:
        return self._numbers.get(contact_id, "")
