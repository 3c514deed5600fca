"""ElevenLabs, as somebody who starts a campaign uses it: the real one, or a simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from conversation.adapters.elevenlabs.client import Callee
from conversation.errors import Permanent
from conversation.identifiers import AgentId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conversation.batches import Batch, Recipient
    from infra.local.flow.control import Control


class Workspace(Protocol):
    """The part of the REST API that is used: ``conversation.adapters.elevenlabs.client``."""

    def submit_batch(
        self,
        name: str,
        agent_id: AgentId,
        callees: Sequence[Callee],
        *,
        phone_number_id: str | None = None,
    ) -> Batch:
        """Have people called, now."""

    def recipients(self, batch_id: str) -> list[Recipient]:
        """All recipients of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCalls:
    """Calls through the official API. ``control`` is the simulator's, where it is one."""

    workspace: Workspace
    agent_id: str | None
    phone_number_id: str | None
    control: Control | None
    agents: Callable[[], Mapping[str, Any]]
    """What ``GET /v1/convai/agents`` answers."""

    def agent(self) -> AgentId:
        """The one that was chosen, or the first of the workspace."""
        if self.agent_id is not None:
            return AgentId(self.agent_id)
        try:
            return AgentId(str(self.agents()["agents"][0]["agent_id"]))
        except (Permanent, LookupError, TypeError) as error:
            remedy = "the workspace lists no agent: set DEFAULT_AGENT_ID"
            raise Permanent(remedy, reason="no_agent") from error

    def start(self, name: str, agent: AgentId, number: str, variables: Mapping[str, str]) -> str:
        """A batch of one."""
        callee = Callee(number=number, variables=dict(variables))
        batch = self.workspace.submit_batch(
            name, agent, [callee], phone_number_id=self.phone_number_id
        )
        return batch.batch_id

    def recipients(self, batch_id: str) -> list[Recipient]:
        """The one recipient, and how far the call is."""
        return self.workspace.recipients(batch_id)

    def open_sessions(self) -> frozenset[str] | None:
        """Known from the simulator alone: no API of ElevenLabs' lists open sockets."""
        if self.control is None:
            return None
        return frozenset(map(self._name, self.control.get("/sockets")))

    def _name(self, socket: Mapping[str, Any]) -> str:
        """The session's id; in the classic dialect it is the client that gives it."""
        name = str(socket["conversation_id"])
        if self.control is None or socket.get("dialect") != "classic":
            return name
        first: Mapping[str, Any] = next(iter(self.control.get(f"/sessions/{name}")["frames"]), {})
        config = first.get("frame", {}).get("conversation_config", {})
        return str(config.get("conversation_id") or name)
