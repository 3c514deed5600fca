"""The dialect that ElevenLabs speaks (AsyncAPI ``AgentMessages``)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from infra.local.elevenlabs import frames, turns
from infra.local.elevenlabs.initiation import (
    NORMAL,
    OPERATIONAL,
    Opening,
    ViolationError,
    check_frame,
    opening,
)
from infra.local.elevenlabs.knowledge import Knowledge
from infra.local.elevenlabs.persona import OWN_PHRASES, reply_to
from infra.local.elevenlabs.session import Session, manner_of
from infra.local.elevenlabs.shapes import Json, UnreadableError, as_object
from infra.local.elevenlabs.speech import Speech
from infra.local.elevenlabs.watch import Watch
from infra.local.elevenlabs.wire import GoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.simulator import Simulator
    from infra.local.elevenlabs.text_records import TextRecord
    from infra.local.elevenlabs.wire import Wire


class ConvaiSession(Session):
    """A session after its first frame has come. ``run`` returns when the socket is closed."""

    def __init__(
        self,
        *,
        world: Simulator,
        wire: Wire,
        agent: Agent,
        begin: Callable[[Opening, Json], TextRecord],
    ) -> None:
        super().__init__(wire=wire, agent=agent, faults=world.faults)
        self.tool_timeout_s = world.settings.tool_timeout_s
        self._world = world
        self._begin = begin
        self._updates: dict[str, str] = {}
        self._event_id = 0
        self._speech = Speech()
        self._speaking: asyncio.Task[None] | None = None

    async def run(self, first: Json) -> None:
        """Check the first frame, then talk until somebody closes."""
        try:
            self._opening = opening(first, self.agent)
            self._record = self._begin(self._opening, first)
            await self._welcome()
            await self._listen()
        except ViolationError as violation:
            await self.refuse(violation.code, violation.error_type, violation.message)
        except UnreadableError as error:
            await self.refuse(1008, "invalid_message", f"Invalid message received: {error}")
        finally:
            await self.stop()

    async def say(self, text: str) -> None:
        """Say something that nobody asked for: an event of its own, with no question before."""
        self._speak(turns.greeting(text, self._next_event(), self._manner(), self._world.ids))

    async def send(self, frame: Json) -> None:
        """Send what the agent's client events let through, and remember what was said."""
        if frames.let_through(frame, self.agent.client_events, text_only=self._opening.text_only):
            await self.wire.send(frame)
        said = self._speech.heard(frame)
        if said:
            self._record.said("agent", said)

    async def refuse(self, code: int, error_type: str, message: str) -> None:
        """An error frame, then the close."""
        await self.wire.send(frames.error(code, error_type or "unknown", message or error_type))
        await self.wire.close(code, message or error_type)

    async def expire(self) -> None:
        """The session's maximum is reached."""
        farewell = self._opening.max_duration_message
        if farewell:
            await self.perform(
                turns.greeting(farewell, self._next_event(), self._manner(), self._world.ids)
            )
        await self.refuse(NORMAL, "max_duration_exceeded", "max_duration_exceeded")

    async def starve(self, message: str) -> None:
        """Nothing came for too long."""
        await self.refuse(OPERATIONAL, "transport_receive_timeout", message)

    @property
    def max_duration_s(self) -> float:
        """How long the session may last."""
        return self._world.settings.max_duration_s or self._opening.max_duration_s

    async def _welcome(self) -> None:
        await self.send(frames.metadata(self.wire.log.session_id))
        await self.reach("metadata")
        if self._opening.first_message:
            await self.say(self._opening.first_message)

    async def _listen(self) -> None:
        watch = Watch(self, self._world.settings)
        try:
            while True:
                frame = await self.wire.receive()
                kind = check_frame(frame)
                watch.heard(kind, frame)
                await self._on(kind, frame)
        except GoneError:
            return
        finally:
            watch.stop()

    async def _on(self, kind: str, frame: Json) -> None:
        match kind:
            case "user_message":
                await self._asked(frame.get("text"))
            case "multimodal_message":
                await self._asked(as_object(frame.get("text")).get("text"))
            case "contextual_update":
                key = frame.get("context_id") or f"update {len(self._updates)}"
                self._updates.pop(key, None)
                self._updates[key] = frame["text"]
            case "client_tool_result":
                result = turns.ToolResult(frame["result"], failed=frame["is_error"])
                self.tool_answered(frame["tool_call_id"], result)
            case _:
                return  # pong and user_activity are the watch's; audio and feedback say nothing

    async def _asked(self, text: object) -> None:
        if not isinstance(text, str):
            return  # a null text is a signal, not a turn
        self._record.said("user", text)
        question = await self._interrupt(text)
        knowledge = Knowledge(self._opening.variables, tuple(self._updates.values()), OWN_PHRASES)
        reply = reply_to(question, knowledge, self.agent, self._opening.language)
        late = self.faults.seconds("late_answer_s", self.agent.agent_id)
        steps = turns.turn(reply, self._next_event(), self._manner(), self._world.ids)
        if late:
            self.spawn(turns.delayed(steps, late))
        else:
            self._speak(steps, question)

    async def _interrupt(self, text: str) -> str:
        """Stop a turn that is under way; give all that is to be answered now."""
        speaking, speech = self._speaking, self._speech
        if speaking is None or speaking.done():
            return text
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        if not speech.begun:
            return f"{speech.question}\n{text}" if speech.question else text
        for frame in speech.broken_off():
            await self.send(frame)
        return text

    def _speak(self, steps: turns.Steps, question: str = "") -> None:
        self._speech = Speech(question=question, event_id=self._event_id)
        self._speaking = self.spawn(steps)

    def _next_event(self) -> int:
        self._event_id += 1
        return self._event_id

    def _manner(self) -> turns.Manner:
        return manner_of(self.agent, self.faults, self._world.settings)
