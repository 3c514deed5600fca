"""The dialect of the original document: whole answers, no pings, no metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.elevenlabs import turns
from infra.local.elevenlabs.frames import classic_response
from infra.local.elevenlabs.knowledge import Knowledge
from infra.local.elevenlabs.persona import OWN_PHRASES, reply_to
from infra.local.elevenlabs.session import Session, manner_of
from infra.local.elevenlabs.shapes import Json, UnreadableError, as_object
from infra.local.elevenlabs.wire import GoneError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.simulator import Simulator
    from infra.local.elevenlabs.text_records import TextRecord
    from infra.local.elevenlabs.wire import Wire

_NO_CONTEXT = frozenset({"type", "conversation_config", "user"})


class ClassicSession(Session):
    """Answers one message after another; ``run`` returns when the socket is closed."""

    def __init__(self, *, world: Simulator, wire: Wire, agent: Agent, record: TextRecord) -> None:
        super().__init__(wire=wire, agent=agent, faults=world.faults)
        self._world = world
        self._record = record
        self._updates: list[str] = []
        self._speaking: asyncio.Task[None] | None = None

    async def run(self, first: Json) -> None:
        """Talk until somebody closes."""
        self._variables = given_by(first)
        await self.reach("metadata")
        try:
            while True:
                await self._on(await self.wire.receive())
        except GoneError:
            return
        except UnreadableError as error:
            await self.refuse(1008, "invalid_message", f"Invalid message received: {error}")
        finally:
            await self.stop()

    async def say(self, text: str) -> None:
        """Say something that nobody asked for."""
        self._record.said("agent", text)
        await self.wire.send(classic_response(text))

    async def send(self, frame: Json) -> None:
        """Send a frame of a turn and remember its text."""
        await self.wire.send(frame)
        if frame.get("type") == "agent_response":
            self._record.said("agent", frame["message"])

    async def _on(self, frame: Json) -> None:
        text = frame.get("message", frame.get("text"))
        if not isinstance(text, str):
            return
        if frame.get("type") == "contextual_update":
            self._updates.append(text)
        if frame.get("type") == "user_message":
            self._record.said("user", text)
            self._answer(text)

    def _answer(self, text: str) -> None:
        knowledge = Knowledge(self._variables, tuple(self._updates), OWN_PHRASES)
        reply = reply_to(text, knowledge, self.agent, self._variables.get("language"))
        manner = manner_of(self.agent, self.faults, self._world.settings)
        late = self.faults.seconds("late_answer_s", self.agent.agent_id)
        self.spawn(turns.delayed(turns.classic_turn(reply, manner), late))


def given_by(first: Json) -> dict[str, str]:
    """All strings of the initiation that may carry context, by their names."""
    user = as_object(first.get("user"))
    given = dict(_strings({k: v for k, v in first.items() if k not in _NO_CONTEXT}))
    given.update(_strings(as_object(user.get("metadata"))))
    given.update(_strings({k: v for k, v in user.items() if k != "metadata"}))
    return given


def _strings(tree: Json) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _strings(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, str(value)
