"""The dialect that ElevenLabs speaks (``/v1/convai/conversation``).

Shapes: ElevenLabs' ``agent.asyncapi.yaml`` of 22 Aug 2026, and what its SDKs and documentation of
autumn 2026 add to it (``agent_response_complete``, ``response_id``, ``client_error`` …).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connector.protocol import events
from connector.protocol.fields import Fields, UnreadableError, parse
from connector.protocol.writing import encode, without_none
from conversation.identifiers import SessionId

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.protocol.events import EventId, ServerEvent
    from connector.protocol.initiation import ContextNote, Initiation

_TYPE = re.compile(r"[a-z0-9_.-]{1,64}\Z")
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")
_FAULT_CHARACTERS = 2000
"""So much of a fault's text is looked at. Its meaning is in its beginning."""
_PART_KINDS = {kind.value: kind for kind in events.PartKind}
_MCP_STATES = {state.value: state for state in events.McpState}


class Convai:
    """ElevenLabs' own frames. Stateless: one instance serves every socket."""

    name = "convai"

    def session_id(self, initiation: Initiation) -> SessionId | None:  # noqa: ARG002 -- Dialect
        """Nothing: the server names the conversation in its metadata."""
        return None

    def read(self, raw: str) -> ServerEvent:
        """One event for any string: what cannot be read is ``Malformed``, never an exception."""
        try:
            return read_frame(parse(raw))
        except UnreadableError as error:
            return events.Malformed(error.place)

    def initiation(self, initiation: Initiation) -> str:
        """The first frame of a conversation. Context follows in ``contextual_update``."""
        body = without_none(
            conversation_config_override=_override(initiation),
            dynamic_variables=dict(initiation.dynamic_variables) or None,
            custom_llm_extra_body=initiation.custom_llm_extra_body,
            user_id=initiation.user_id,
            branch_id=initiation.branch_id,
            environment=initiation.environment,
        )
        return encode("conversation_initiation_client_data", body)

    def user_message(self, text: str) -> str:
        """What the person said."""
        return encode("user_message", {"text": text})

    def contextual_update(self, note: ContextNote) -> str | None:
        """Background for the agent; it does not answer it."""
        return encode("contextual_update", without_none(text=note.text, context_id=note.context_id))

    def user_activity(self) -> str | None:
        """Tell the server that the person is there, without saying anything."""
        return encode("user_activity", {})

    def pong(self, event_id: EventId) -> str:
        """The answer to a ping."""
        return encode("pong", {"event_id": event_id})

    def tool_result(self, tool_call_id: str, result: str, *, is_error: bool) -> str:
        """The answer to a client tool call."""
        body = {"tool_call_id": tool_call_id, "result": result, "is_error": is_error}
        return encode("client_tool_result", body)

    def tool_refusal(self, tool_call_id: str) -> str:
        """The answer to an MCP tool that waits for an approval: nobody here can give one."""
        body = {"tool_call_id": tool_call_id, "is_approved": False}
        return encode("mcp_tool_approval_result", body)


def _override(initiation: Initiation) -> dict[str, object] | None:
    conversation = without_none(
        text_only=initiation.text_only, max_duration_seconds=initiation.max_duration_seconds
    )
    agent = without_none(first_message=initiation.first_message)
    return without_none(conversation=conversation or None, agent=agent or None) or None


def read_frame(frame: dict[str, object]) -> ServerEvent:
    """The event of a parsed frame. Raises :class:`UnreadableError` where its shape is wrong."""
    kind = frame.get("type")
    if not isinstance(kind, str):
        place = "type"
        raise UnreadableError(place)
    if kind in IGNORED:
        return events.Ignored(kind)
    if kind not in READERS:
        # A type that does not look like one might be anybody's text: it is not repeated.
        return events.Unknown(kind if _TYPE.match(kind) else "unprintable")
    return _read_known(kind, frame)


def _read_known(kind: str, frame: dict[str, object]) -> ServerEvent:
    payload_key, reader = READERS[kind]
    payload = frame.get(payload_key)
    try:
        return reader(Fields(payload if isinstance(payload, dict) else {}))
    except UnreadableError as error:
        place = f"{kind}.{error.place}"
        raise UnreadableError(place) from error


def _metadata(fields: Fields) -> ServerEvent:
    # It becomes part of items and log lines, and a session without one would never be asked.
    session_id = fields.text("conversation_id")
    if not _SESSION_ID.match(session_id):
        place = "conversation_id"
        raise UnreadableError(place)
    return events.Metadata(SessionId(session_id))


def _ping(fields: Fields) -> ServerEvent:
    return events.Ping(fields.event_id())


def _agent_response(fields: Fields) -> ServerEvent:
    return events.AgentSaid(
        fields.text("agent_response"),
        fields.event_id_or_none(),
        fields.text_or_none("response_id"),
    )


def _part(fields: Fields) -> ServerEvent:
    kind = _PART_KINDS.get(fields.text("type"))
    if kind is None:
        place = "type"
        raise UnreadableError(place)
    return events.AgentPart(
        kind,
        fields.text_or_none("text") or "",
        fields.event_id_or_none(),
        fields.text_or_none("response_id"),
    )


def _done(fields: Fields) -> ServerEvent:
    return events.AgentDone(fields.event_id_or_none())


def _correction(fields: Fields) -> ServerEvent:
    return events.AgentCorrected(
        fields.text_or_none("original_agent_response") or "",
        fields.text("corrected_agent_response"),
        fields.event_id_or_none(),
    )


def _interruption(fields: Fields) -> ServerEvent:
    return events.Interrupted(fields.event_id_or_none())


def _client_tool_call(fields: Fields) -> ServerEvent:
    return events.ClientToolCalled(
        fields.text_or_none("tool_name") or "",
        fields.text("tool_call_id"),
        fields.event_id_or_none(),
        fields.flag("expects_response", default=True),
    )


def _tool_request(fields: Fields) -> ServerEvent:
    return events.ToolRequested(
        fields.text_or_none("tool_name") or "",
        fields.text("tool_call_id"),
        fields.event_id_or_none(),
    )


def _tool_response(fields: Fields) -> ServerEvent:
    return events.ToolAnswered(
        fields.text_or_none("tool_name") or "",
        fields.text("tool_call_id"),
        fields.event_id_or_none(),
        fields.flag("is_error", default=False),
    )


def _mcp_tool_call(fields: Fields) -> ServerEvent:
    state = _MCP_STATES.get(fields.text("state"))
    if state is None:
        place = "state"
        raise UnreadableError(place)
    return events.McpToolCalled(fields.text("tool_call_id"), state)


def _error(fields: Fields) -> ServerEvent:
    # The payload may be missing as a whole: an error without a word is still an error.
    texts = (fields.text_or_none(name) for name in ("reason", "message", "debug_message"))
    return events.ServerFault(
        fields.number_or_none("code"),
        fields.text_or_none("error_type") or fields.text_or_none("error_name"),
        " ".join(filter(None, texts))[:_FAULT_CHARACTERS],
    )


def _queue(fields: Fields) -> ServerEvent:
    return events.QueueMoved(fields.text("status"))


def _guardrail(fields: Fields) -> ServerEvent:  # noqa: ARG001 -- the table's signature
    return events.GuardrailTriggered()


def _context(fields: Fields) -> ServerEvent:
    return events.ContextUsed(
        fields.number_or_none("context_tokens") or 0,
        fields.number_or_none("context_limit_tokens") or 0,
    )


def _typing(fields: Fields) -> ServerEvent:
    return events.AgentTyping(fields.flag("is_typing", default=False))


def _person_came(fields: Fields) -> ServerEvent:  # noqa: ARG001 -- the table's signature
    return events.PersonTookOver(is_there=True)


def _person_left(fields: Fields) -> ServerEvent:  # noqa: ARG001 -- the table's signature
    return events.PersonTookOver(is_there=False)


READERS: dict[str, tuple[str, Callable[[Fields], ServerEvent]]] = {
    "conversation_initiation_metadata": ("conversation_initiation_metadata_event", _metadata),
    "ping": ("ping_event", _ping),
    "agent_response": ("agent_response_event", _agent_response),
    "agent_chat_response_part": ("text_response_part", _part),
    "agent_response_complete": ("agent_response_complete_event", _done),
    "agent_response_correction": ("agent_response_correction_event", _correction),
    "interruption": ("interruption_event", _interruption),
    "client_tool_call": ("client_tool_call", _client_tool_call),
    "agent_tool_request": ("agent_tool_request", _tool_request),
    "agent_tool_response": ("agent_tool_response", _tool_response),
    "agent_tool_response_full_payload": ("agent_tool_response_full_payload", _tool_response),
    "mcp_tool_call": ("mcp_tool_call", _mcp_tool_call),
    "error": ("error_event", _error),
    "client_error": ("error_event", _error),
    "queue_status": ("queue_status_event", _queue),
    "guardrail_triggered": ("guardrail_triggered_event", _guardrail),
    "context_usage": ("context_usage_event", _context),
    "agent_typing": ("agent_typing_event", _typing),
    "external_agent_connected": ("external_agent_connected_event", _person_came),
    "external_agent_disconnected": ("external_agent_disconnected_event", _person_left),
}
"""Type → the key of its payload, and its reader."""

IGNORED = frozenset(
    {
        "agent_reasoning_response_part",
        "agent_response_metadata",
        "asr_initiation_metadata",
        "audio",
        "dtmf_request",
        "internal_tentative_agent_response",
        "internal_turn_probability",
        "mcp_connection_status",
        "rich_content",
        "tentative_user_transcript",
        "user_transcript",
        "vad_score",
    }
)
"""Known types without a meaning for a conversation in text."""
