"""What the server checks in the first frame of a client, and the words with which it refuses.

Codes and types are those of the AsyncAPI's ErrorType; the texts are those seen in the field where
they are known (overrides, missing variables) and plain ones elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.elevenlabs.agents import OVERRIDES, absent_variables, filled
from infra.local.elevenlabs.shapes import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.shapes import Json

CONTRACT = 1008
OPERATIONAL = 1002
NORMAL = 1000
_SHORTEST_S, _LONGEST_S = 60, 7200


class ViolationError(Exception):
    """The client broke the contract: an error frame, then a close with ``code``."""

    def __init__(self, error_type: str, message: str, code: int = CONTRACT) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.code = code


CLIENT_FRAMES: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "pong": {"event_id": (int,)},
    "user_message": {},
    "user_activity": {},
    "contextual_update": {"text": (str,)},
    "client_tool_result": {"tool_call_id": (str,), "result": (str,), "is_error": (bool,)},
    "mcp_tool_approval_result": {"tool_call_id": (str,), "is_approved": (bool,)},
    "multimodal_message": {},
    "feedback": {"event_id": (int,), "score": (str, type(None))},
}
"""Frames that a client may send after the first, with the fields that each must have."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A session as it was asked for, after all checks."""

    variables: Mapping[str, str]
    first_message: str
    language: str | None
    text_only: bool
    max_duration_s: float
    max_duration_message: str


def check_frame(frame: Json) -> str:
    """Give the type of a later frame, or raise ViolationError."""
    kind = frame.get("type")
    if kind is None and isinstance(frame.get("user_audio_chunk"), str):
        return "user_audio_chunk"
    if not isinstance(kind, str) or kind not in CLIENT_FRAMES:
        raise ViolationError("invalid_message", f"Invalid message received: unknown type {kind!r}")
    absent = [name for name in CLIENT_FRAMES[kind] if name not in frame]
    if absent:
        raise ViolationError("missing_fields", f"Missing required fields: {', '.join(absent)}")
    for name, types in CLIENT_FRAMES[kind].items():
        if not isinstance(frame[name], types):
            raise ViolationError("invalid_message", f"Invalid message received: {kind}.{name}")
    if kind == "user_message" and not isinstance(frame.get("text"), str | None):
        raise ViolationError("invalid_message", "Invalid message received: user_message.text")
    return kind


def opening(frame: Json, agent: Agent) -> Opening:
    """Check ``conversation_initiation_client_data`` against the agent, or raise ViolationError."""
    override = as_object(frame.get("conversation_config_override"))
    _check_overrides(override, agent)
    if frame.get("custom_llm_extra_body") and not agent.custom_llm_extra_body:
        raise _forbidden("custom_llm_extra_body")
    variables = _variables(frame.get("dynamic_variables"))
    spoken = as_object(override.get("agent"))
    talk = as_object(override.get("conversation"))
    first = _text(spoken.get("first_message"), agent.first_message)
    prompt = _text(as_object(spoken.get("prompt")).get("prompt"), agent.prompt)
    _check_named(first, "first message", variables)
    _check_named(prompt, "prompt", variables)
    return Opening(
        variables=variables,
        first_message=filled(first, variables),
        language=spoken.get("language") or variables.get("language"),
        text_only=bool(talk.get("text_only", agent.text_only)),
        max_duration_s=_duration(talk.get("max_duration_seconds"), agent),
        max_duration_message=_text(
            spoken.get("max_conversation_duration_message"), agent.max_duration_message
        ),
    )


def _check_overrides(override: Json, agent: Agent) -> None:
    for path in OVERRIDES:
        node: object = override
        for name in path.split("."):
            node = as_object(node).get(name)
        if node is not None and path not in agent.overrides:
            raise _forbidden(path.rpartition(".")[2])


def _forbidden(field: str) -> ViolationError:
    return ViolationError(
        "override_error", f"Override for field '{field}' is not allowed by config."
    )


def _variables(given: object) -> dict[str, str]:
    if not isinstance(given, dict | None):
        raise ViolationError("invalid_message", "dynamic_variables must be an object")
    for name, value in (given or {}).items():
        if name.startswith("system__"):
            raise ViolationError("value_error", f"Dynamic variable {name} uses a reserved prefix")
        if not isinstance(value, str | int | float | bool | None):
            raise ViolationError("value_error", f"Dynamic variable {name} must be a scalar")
    return {name: _shown(value) for name, value in (given or {}).items() if value is not None}


def _check_named(text: str, where: str, variables: Mapping[str, str]) -> None:
    absent = absent_variables(text, variables)
    if absent:
        message = f"Missing required dynamic variables in {where}: {absent}"
        raise ViolationError("missing_dynamic_variable", message)


def _duration(given: object, agent: Agent) -> float:
    if given is None:
        return agent.max_duration_seconds
    if not isinstance(given, int) or not _SHORTEST_S <= given <= _LONGEST_S:
        raise ViolationError("value_error", "max_duration_seconds must be between 60 and 7200")
    return given


def _text(given: object, otherwise: str) -> str:
    return given if isinstance(given, str) else otherwise


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
