"""The clocks of a session: pings, silence, and the longest time it may last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from infra.local.elevenlabs import frames

if TYPE_CHECKING:
    from infra.local.elevenlabs.convai import ConvaiSession
    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json

_INPUT = frozenset({"user_message", "user_activity", "multimodal_message", "user_audio_chunk"})


class Watch:
    """Runs from its making until ``stop``. It must be told of every frame that came."""

    def __init__(self, session: ConvaiSession, settings: SimulatorSettings) -> None:
        self._session = session
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._ends_at = now + session.max_duration_s
        self._input_at = self._pong_at = now
        self._ping_at = now + settings.ping_interval_s
        self._pings = 0
        self._pinged_at: dict[int, float] = {}
        self._ping_ms: int | None = None
        self._task = self._loop.create_task(self._run())

    def heard(self, kind: str, frame: Json) -> None:
        """A frame came."""
        now = self._loop.time()
        if kind in _INPUT:
            self._input_at = now
        sent_at = self._pinged_at.pop(frame["event_id"], None) if kind == "pong" else None
        if sent_at is not None:
            self._pong_at = now
            self._ping_ms = round((now - sent_at) * 1000)

    def stop(self) -> None:
        """The session is over."""
        self._task.cancel()

    async def _run(self) -> None:
        while not self._session.wire.closed:
            await asyncio.sleep(max(0.0, min(self._due()) - self._loop.time()))
            await self._act(self._loop.time())

    def _due(self) -> list[float]:
        due = [self._ends_at, self._ping_at]
        if self._settings.idle_timeout_s is not None:
            due.append(self._input_at + self._settings.idle_timeout_s)
        if self._pinged_at:
            due.append(self._starved_at())
        return due

    def _starved_at(self) -> float:
        return max(self._pong_at, min(self._pinged_at.values())) + self._settings.pong_timeout_s

    async def _act(self, now: float) -> None:
        idle = self._settings.idle_timeout_s
        if now >= self._ends_at:
            await self._session.expire()
        elif idle is not None and now >= self._input_at + idle:
            await self._session.starve(f"No user input for {idle:g} seconds")
        elif self._pinged_at and now >= self._starved_at():
            await self._session.starve("No pong received")
        elif now >= self._ping_at:
            await self._ping(now)

    async def _ping(self, now: float) -> None:
        self._ping_at = now + self._settings.ping_interval_s
        if self._session.faults.take("no_ping", self._session.agent.agent_id):
            return
        self._pings += 1
        if "ping" in self._session.agent.client_events:
            self._pinged_at[self._pings] = now
        await self._session.send(frames.ping(self._pings, self._ping_ms))
