"""An agent's configuration, as far as a text session depends on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from conversation.identifiers import AgentId

Json = dict[str, Any]

DEFAULT_CLIENT_EVENTS: Final = (
    "audio", "interruption", "agent_response", "user_transcript", "tentative_user_transcript",
    "conversation_initiation_metadata", "ping",
)  # fmt: skip
"""What an agent sends that names no client events of its own (the AsyncAPI's words)."""

DEFAULT_MAX_DURATION_S: Final = 600
LEAST_DURATION_S: Final = 60
_VARIABLE: Final = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_TOGGLES: Final = ("platform_settings", "overrides")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """What a preflight looks at. Defaults are ElevenLabs' own."""

    agent_id: AgentId
    name: str
    text_only: bool
    """The agent itself is for text; otherwise each session overrides it, if that is allowed."""
    overrides: frozenset[str]
    """The paths a client may override, such as ``conversation.text_only``."""
    extra_body_allowed: bool
    enable_auth: bool
    client_events: frozenset[str]
    first_message: str
    language: str | None
    max_duration_s: int
    turn_timeout_s: float
    variables: frozenset[str]
    """The dynamic variables that the prompt and the first message need, ``system__`` aside."""

    @property
    def can_chat(self) -> bool:
        """Whether a session without audio is possible."""
        return self.text_only or "conversation.text_only" in self.overrides


def agent_of(document: Json) -> AgentConfig:
    """The agent in ElevenLabs' answer."""
    conversation = _at(document, "conversation_config", "conversation")
    agent = _at(document, "conversation_config", "agent")
    first_message = _text(agent.get("first_message"))
    events = conversation.get("client_events")
    turn_timeout = _at(document, "conversation_config", "turn").get("turn_timeout")
    prompt = _text(_at(agent, "prompt").get("prompt"))
    named = set(_VARIABLE.findall(prompt)) | set(_VARIABLE.findall(first_message))
    return AgentConfig(
        agent_id=AgentId(_text(document.get("agent_id"))),
        name=_text(document.get("name")),
        text_only=conversation.get("text_only") is True,
        overrides=frozenset(_paths(_at(document, *_TOGGLES, "conversation_config_override"))),
        extra_body_allowed=_at(document, *_TOGGLES).get("custom_llm_extra_body") is True,
        enable_auth=_at(document, "platform_settings", "auth").get("enable_auth") is True,
        client_events=frozenset(
            map(_text, events) if isinstance(events, list) else DEFAULT_CLIENT_EVENTS
        ),
        first_message=first_message,
        language=_text(agent.get("language")) or None,
        max_duration_s=_max_duration_s(conversation.get("max_duration_seconds")),
        turn_timeout_s=float(turn_timeout) if isinstance(turn_timeout, int | float) else 7.0,
        variables=frozenset(name for name in named if not name.startswith("system__")),
    )


def _paths(toggles: Json, before: str = "") -> list[str]:
    """The paths that are switched on."""
    found: list[str] = []
    for name, value in toggles.items():
        if value is True:
            found.append(before + name)
        elif isinstance(value, dict):
            found += _paths(value, f"{before}{name}.")
    return found


def _at(document: Json, *path: str) -> Json:
    for name in path:
        inner = document.get(name)
        document = inner if isinstance(inner, dict) else {}
    return document


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _max_duration_s(value: object) -> int:
    """The limit of a conversation. What is less than can be set sets none: -1, 0."""
    if isinstance(value, int | float) and value >= LEAST_DURATION_S:
        return int(value)
    return DEFAULT_MAX_DURATION_S
