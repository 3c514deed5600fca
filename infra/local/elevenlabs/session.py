"""What both dialects share: performing the agent's steps on a socket, and the faults on the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, assert_never

from infra.local.elevenlabs.agents import AnswerOrder
from infra.local.elevenlabs.initiation import NORMAL
from infra.local.elevenlabs.turns import (
    MALFORMED,
    AwaitTool,
    Leave,
    Manner,
    Pause,
    Reach,
    Send,
    SendRaw,
    Step,
    Steps,
    ToolResult,
)

if TYPE_CHECKING:
    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.faults import Faults
    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.wire import Wire

_BEFORE_A_RESET_S = 0.1


def manner_of(agent: Agent, faults: Faults, settings: SimulatorSettings) -> Manner:
    """How the next turn is played, with the faults that strike it."""
    key = agent.agent_id
    order = faults.take("answer_order", key)
    return Manner(
        order=AnswerOrder(str(order)) if order else agent.answer_order,
        thinking_s=settings.thinking_s + faults.seconds("answer_delay_s", key),
        delta_delay_s=settings.delta_delay_s,
        silent=bool(faults.take("silence", key)),
        empty_stream=bool(faults.take("empty_stream", key)),
        duplicate=bool(faults.take("duplicate_answer", key)),
        malformed=_malformed(faults.take("malformed_frame", key)),
        unknown_frames=bool(faults.take("unknown_frames", key)),
    )


def _malformed(value: object) -> str | None:
    return value if isinstance(value, str) else MALFORMED if value else None


class Session:
    """One socket with one agent. Subclasses speak a dialect."""

    def __init__(self, *, wire: Wire, agent: Agent, faults: Faults) -> None:
        self.wire = wire
        self.agent = agent
        self.faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._tools: dict[str, asyncio.Future[ToolResult]] = {}
        self.tool_timeout_s = 20.0

    async def say(self, text: str) -> None:
        """Say something that nobody asked for."""
        raise NotImplementedError

    async def send(self, frame: Json) -> None:
        """Send a frame of a turn; a subclass may hold it back."""
        await self.wire.send(frame)

    async def leave(self) -> None:
        """The agent hangs up."""
        await self.wire.close(NORMAL)

    async def perform(self, steps: Steps) -> None:
        """Carry out a turn step by step; stops by itself once the socket is closed."""
        result: ToolResult | None = None
        while not self.wire.closed:
            try:
                step = steps.send(result)
            except StopIteration:
                return
            result = await self._do(step)

    async def reach(self, point: str) -> None:
        """Let the faults of this point strike."""
        if self.faults.at("drop", point, self.agent.agent_id):
            # A reset makes the other kernel forget what its program has not read yet.
            await asyncio.sleep(_BEFORE_A_RESET_S)
            self.wire.drop()
        close = self.faults.at("close", point, self.agent.agent_id)
        if close:
            code, reason = int(close.get("code", 1011)), str(close.get("reason", ""))
            await self.refuse(code, str(close.get("error_type") or ""), reason)

    async def refuse(self, code: int, error_type: str, message: str) -> None:
        """Close for a reason."""
        await self.wire.close(code, message or error_type)

    def spawn(self, steps: Steps) -> asyncio.Task[None]:
        """Perform a turn beside the reading of the socket."""
        task = asyncio.get_running_loop().create_task(self.perform(steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Stop all turns; the socket is gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def tool_answered(self, call_id: str, result: ToolResult) -> bool:
        """Hand over the result of a client's tool; tell whether it was asked for."""
        waiting = self._tools.pop(call_id, None)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(result)
        return True

    async def _do(self, step: Step) -> ToolResult | None:
        match step:
            case Send(frame):
                await self.send(frame)
            case SendRaw(text):
                await self.wire.send_raw(text)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Reach(point):
                await self.reach(point)
            case AwaitTool(call_id):
                return await self._tool_result(call_id)
            case Leave():
                await self.leave()
            case _:
                assert_never(step)
        return None

    async def _tool_result(self, call_id: str) -> ToolResult | None:
        waiting: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
        self._tools[call_id] = waiting
        try:
            return await asyncio.wait_for(waiting, self.tool_timeout_s)
        except TimeoutError:
            return None
        finally:
            self._tools.pop(call_id, None)
