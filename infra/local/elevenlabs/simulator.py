"""The simulator as one object: what the routes, the sockets and the clock share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from infra.local.elevenlabs.agents import DEFAULT_AGENTS, Agent, agent_from, definition_of
from infra.local.elevenlabs.batches import Batches
from infra.local.elevenlabs.call_phases import Outcome
from infra.local.elevenlabs.call_records import CallRecords
from infra.local.elevenlabs.calls import Calls
from infra.local.elevenlabs.faults import Faults
from infra.local.elevenlabs.ids import Ids
from infra.local.elevenlabs.signed_urls import SignedUrls
from infra.local.elevenlabs.store import Store
from infra.local.elevenlabs.text_records import settle
from infra.local.elevenlabs.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from infra.local.elevenlabs.session import Session
    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.wire import SessionLog

_log = logging.getLogger(__name__)

_TICK_S = 0.1
ANY_NUMBER = "*"


class Simulator:
    """Built once a process. ``run`` must be going for calls to go on; ``close`` ends it."""

    def __init__(
        self,
        settings: SimulatorSettings,
        *,
        folder: Path | None = None,
        ids: Ids | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids or Ids()
        self.store = Store(folder)
        self.faults = Faults()
        self.webhooks = Webhooks(clock)
        self.signed_urls = SignedUrls(self.ids, clock)
        records = CallRecords(
            store=self.store, ids=self.ids, agent=self.agent_of_a_call, over=self._tell
        )
        self.calls = Calls(store=self.store, ids=self.ids, records=records)
        self.batches = Batches(
            store=self.store, ids=self.ids, calls=self.calls, outcome=self.next_outcome
        )
        self.sessions: dict[str, SessionLog] = {}
        self.open_sessions: dict[str, Session] = {}
        self._settling = dict.fromkeys(self._left_open(), clock())

    def agent(self, agent_id: str) -> Agent | None:
        """The agent, as defined last."""
        defined = self.store.get("agent", agent_id)
        if defined is not None:
            return agent_from(defined, agent_id)
        return next((agent for agent in DEFAULT_AGENTS if agent.agent_id == agent_id), None)

    def agents(self) -> list[Agent]:
        """All agents: those that are always there, then those defined."""
        names = [agent.agent_id for agent in DEFAULT_AGENTS]
        names += [str(defined["agent_id"]) for defined in self.store.all("agent")]
        return [agent for name in dict.fromkeys(names) if (agent := self.agent(name))]

    def agent_of_a_call(self, agent_id: str) -> Agent:
        """The agent that calls; the default one where it was removed meanwhile."""
        return self.agent(agent_id) or DEFAULT_AGENTS[0]

    def define(self, agent: Agent) -> None:
        """Add an agent or replace it."""
        self.store.put("agent", agent.agent_id, definition_of(agent))

    def next_outcome(self, number: str) -> Outcome:
        """How the next call to this number shall end."""
        for key in (number, ANY_NUMBER):
            wished = self.store.get("outcome", key)
            if wished is not None:
                return Outcome(wished["outcome"])
        return Outcome.ANSWERED

    def tick(self) -> None:
        """Bring calls, batches and analyses up to now."""
        now = self.clock()
        self.batches.follow(self.calls.advance(self.settings, now), now)
        due = [name for name, at in self._settling.items() if at <= now]
        for name in due:
            del self._settling[name]
            self._settle(name)

    def opened(self, log: SessionLog, session: Session) -> None:
        """A socket is open."""
        self.sessions[log.session_id] = log
        self.open_sessions[log.session_id] = session
        while len(self.sessions) > self.settings.sessions_kept:
            oldest = next((s for s in self.sessions if s not in self.open_sessions), None)
            if oldest is None:
                return
            del self.sessions[oldest]

    def closed(self, log: SessionLog) -> None:
        """A socket is closed; its conversation will be analysed."""
        self.open_sessions.pop(log.session_id, None)
        self._settling[log.session_id] = self.clock() + self.settings.processing_seconds

    def reset(self) -> None:
        """Forget all that happened and all that was switched on; open sockets stay."""
        self.calls.clear()
        self.store.clear()
        self.faults.clear()
        self._settling.clear()
        self.webhooks.deliveries.clear()
        self.sessions = {name: self.sessions[name] for name in self.open_sessions}

    async def run(self) -> None:
        """Let the time pass, until cancelled."""
        while True:
            try:
                self.tick()
            except Exception:  # noqa: BLE001  # the clock of the simulator outlives one faulty call
                _log.exception("tick_failed")
            await asyncio.sleep(_TICK_S)

    async def close(self) -> None:
        """Stop sending webhooks and close the store."""
        with contextlib.suppress(asyncio.CancelledError):
            await self.webhooks.close()
        self.store.close()

    def _settle(self, name: str) -> None:
        conversation = self.store.get("conversation", name)
        if conversation is None:
            return
        settle(conversation)
        self.store.put("conversation", name, conversation)
        self._tell(conversation)

    def _tell(self, conversation: Json) -> None:
        copies = self.faults.take("webhook_copies", conversation["agent_id"])
        self.webhooks.tell(conversation, self.settings, copies if isinstance(copies, int) else 1)

    def _left_open(self) -> list[str]:
        """Text sessions that a stop of the simulator cut off."""
        return [
            conversation["conversation_id"]
            for conversation in self.store.all("conversation")
            if conversation["metadata"]["phone_call"] is None
            and conversation["status"] in {"in-progress", "processing"}
        ]
