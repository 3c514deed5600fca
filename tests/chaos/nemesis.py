"""Carries out the schedule: kills, stops and restarts real processes, and notes when."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, assert_never

from tests.chaos.facts import Killed
from tests.chaos.plan import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.fleet import Fleet
    from tests.chaos.plan import Strike

AWAY_S = 1.0
"""How long a killed process stays away: a supervisor starts another."""


class Nemesis:
    """One run's. ``tell`` gets a line for each thing done."""

    def __init__(self, fleet: Fleet, tell: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._tell = tell
        self._held = asyncio.Lock()
        self._functions_held = asyncio.Lock()
        self.kills: list[Killed] = []
        self.did: Counter = Counter()

    async def strike_all(self, strikes: list[Strike], began: float) -> None:
        """Each at its time; what lasts may overlap what comes next, on another victim."""
        tasks = []
        for strike in strikes:
            await asyncio.sleep(max(0.0, began + strike.at_s - time.time()))
            tasks.append(asyncio.create_task(self._strike(strike)))
        await asyncio.gather(*tasks)

    async def _strike(self, strike: Strike) -> None:
        self.did[strike.act.value] += 1
        match strike.act:
            case Act.KILL:
                await self._one_at_a_time(self._kill, strike.victim)
            case Act.PAUSE:
                await self._one_at_a_time(self._pause, strike.victim, strike.lasts_s)
            case Act.ROLL:
                await self._one_at_a_time(self._roll)
            case Act.KILL_GATEWAY:
                async with self._functions_held:
                    await self._kill_gateway(AWAY_S)
            case Act.ALL_DOWN:
                await self._one_at_a_time(self._all_down, strike.lasts_s)
            case never:
                assert_never(never)

    async def _one_at_a_time(self, act: Callable, *words: object) -> None:
        async with self._held:
            await act(*words)

    async def _kill(self, victim: int) -> None:
        name, shards = await self._holder(victim)
        self._fleet.kill(name)
        self.kills.append(Killed(at=time.time(), shards=shards))
        self._tell(f"killed {name}, which held {sorted(shards)}")
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(self._fleet.start, name)

    async def _holder(self, victim: int) -> tuple[str, frozenset[int]]:
        """One of those that hold a shard: the others have nothing to lose."""
        names = self._fleet.connectors
        held = await asyncio.gather(*(asyncio.to_thread(self._fleet.shards_of, n) for n in names))
        holders = [pair for pair in zip(names, held, strict=True) if pair[1]]
        able = holders or list(zip(names, held, strict=True))
        return able[victim % len(able)]

    async def _pause(self, victim: int, seconds: float) -> None:
        name, _ = await self._holder(victim)
        self._fleet.freeze(name)
        self._tell(f"stopped {name} for {seconds:.0f} s")
        try:
            await asyncio.sleep(seconds)
        finally:
            self._fleet.thaw(name)

    async def _roll(self) -> None:
        """As a deployment does it, one after the other: each drains, then its successor starts."""
        for name in self._fleet.connectors:
            self._tell(f"replacing {name}")
            await asyncio.to_thread(self._fleet.terminate, name)
            await asyncio.to_thread(self._fleet.start, name)

    async def _kill_gateway(self, away_s: float) -> None:
        self._fleet.kill("gateway")
        self._tell(f"killed the functions for {away_s:.0f} s")
        await asyncio.sleep(away_s)
        await asyncio.to_thread(self._fleet.start, "gateway")

    async def _all_down(self, seconds: float) -> None:
        names = [*self._fleet.connectors, "gateway"]
        for name in names:
            self._fleet.kill(name)
        self._tell(f"all down for {seconds:.0f} s")
        await asyncio.sleep(seconds)
        for name in names:
            await asyncio.to_thread(self._fleet.start, name)
