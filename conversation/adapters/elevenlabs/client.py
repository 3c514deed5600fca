"""What Hilo asks of ElevenLabs, one method a question. Faults: see ``Rest``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.elevenlabs.agents import AgentConfig, agent_of
from conversation.adapters.elevenlabs.problems import NoSuchThingError
from conversation.adapters.elevenlabs.reading import (
    batch_of,
    call_of,
    listed_call_of,
    next_of,
    read_rows,
    recipient_of,
    rows_of,
)
from conversation.adapters.elevenlabs.rest import Rest, segment
from conversation.eligibility import Why
from conversation.errors import Refused, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conversation.batches import Batch, ListedCall, Recipient
    from conversation.calls import Call, Scalar
    from conversation.identifiers import AgentId, CallId
    from conversation.variables import ElevenLabsSettings

_CONVAI: Final = "/v1/convai"
PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """One person of a batch that is to be called."""

    number: str
    variables: Mapping[str, Scalar]
    recipient_id: str | None = None


class ElevenLabs:
    """One workspace. Safe to use from several threads. ``key`` as in ``Rest``."""

    def __init__(self, settings: ElevenLabsSettings, key: Callable[[], str] | None = None) -> None:
        self._rest = Rest(settings, key)

    def batches(self) -> Iterator[list[Batch]]:
        """Every batch of the workspace, page by page."""
        path, query = f"{_CONVAI}/batch-calling/workspace", {"limit": PAGE}
        for answer in self._pages(path, query, cursor="last_doc", following="next_doc"):
            yield read_rows(answer, "batch_calls", batch_of)

    def recipients(self, batch_id: str) -> list[Recipient]:
        """All recipients of a batch; none of one that is gone. ElevenLabs knows no pages here."""
        try:
            answer = self._rest.get(f"{_CONVAI}/batch-calling/{segment(batch_id)}")
        except NoSuchThingError:
            return []
        return read_rows(answer, "recipients", recipient_of)

    def batch(self, batch_id: str) -> Batch:
        """How far a batch is."""
        return batch_of(self._rest.get(f"{_CONVAI}/batch-calling/{segment(batch_id)}"))

    def submit_batch(
        self,
        name: str,
        agent_id: AgentId,
        callees: Sequence[Callee],
        *,
        phone_number_id: str | None = None,
    ) -> Batch:
        """Have these people called, now. They are real calls."""
        people = [_recipient(callee) for callee in callees]
        body: dict[str, object] = {"call_name": name, "agent_id": agent_id, "recipients": people}
        if phone_number_id:
            body["agent_phone_number_id"] = phone_number_id
        return batch_of(self._rest.post(f"{_CONVAI}/batch-calling/submit", body))

    def calls(self, *, after_unix: int) -> Iterator[list[ListedCall]]:
        """The conversations with a voice that began after ``after_unix``, the oldest first."""
        path, query = f"{_CONVAI}/conversations", {
            "page_size": PAGE, "call_start_after_unix": after_unix, "text_only": False,
            "sort_direction": "asc",
        }  # fmt: skip
        for answer in self._pages(path, query, cursor="cursor", following="next_cursor"):
            yield read_rows(answer, "conversations", listed_call_of)

    def call(self, call_id: CallId) -> Call | Why:
        """The phone call of this id, or why it is none that could be continued."""
        try:
            return call_of(self._conversation(call_id)) or Why.NOT_A_PHONE_CALL
        except NoSuchThingError:
            return Why.CALL_GONE
        except Refused:
            return Why.UNREADABLE

    def transcript(self, call_id: CallId) -> list[tuple[str, str]]:
        """Who said what in a conversation: ``user`` or ``agent``, and the text."""
        turns = rows_of(self._conversation(call_id), "transcript")
        return [(str(t.get("role")), t["message"]) for t in turns if t.get("message")]

    def signed_url(
        self, agent_id: AgentId, *, branch_id: str | None = None, environment: str | None = None
    ) -> str:
        """An address for one WebSocket, to be opened within 15 minutes."""
        query = {"agent_id": agent_id, "branch_id": branch_id, "environment": environment}
        url: Any = self._rest.get(f"{_CONVAI}/conversation/get-signed-url", query).get("signed_url")
        if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
            raise Transient("ElevenLabs answered no signed URL", reason="bad_answer")
        return url

    def agent(self, agent_id: AgentId) -> AgentConfig:
        """How an agent is configured."""
        return agent_of(self._rest.get(f"{_CONVAI}/agents/{segment(agent_id)}"))

    def _pages(
        self, path: str, query: Mapping[str, object], *, cursor: str, following: str
    ) -> Iterator[dict[str, Any]]:
        """A list, page by page; its end is also where it would go in circles."""
        seen: set[str] = set()
        here: str | None = None
        while True:
            answer = self._rest.get(path, {**query, cursor: here})
            yield answer
            here = next_of(answer, following)
            if here is None or here in seen:
                return
            seen.add(here)

    def _conversation(self, call_id: CallId) -> dict[str, Any]:
        return self._rest.get(f"{_CONVAI}/conversations/{segment(call_id)}")


def _recipient(callee: Callee) -> dict[str, object]:
    named = {"id": callee.recipient_id} if callee.recipient_id else {}
    data = {"dynamic_variables": dict(callee.variables)}
    return {"phone_number": callee.number, "conversation_initiation_client_data": data, **named}
