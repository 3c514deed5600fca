"""The agents: how they are configured, and how the provider's REST tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from infra.local.elevenlabs.shapes import as_object

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from infra.local.elevenlabs.shapes import Json

DEFAULT_CLIENT_EVENTS = (
    "audio",
    "interruption",
    "agent_response",
    "user_transcript",
    "tentative_user_transcript",
    "conversation_initiation_metadata",
    "ping",
)
"""What an agent sends that names no client events of its own (AsyncAPI, ClientEvent)."""

CHAT_CLIENT_EVENTS = (
    *DEFAULT_CLIENT_EVENTS,
    "agent_chat_response_part",
    "agent_response_complete",
    "agent_response_correction",
    "client_tool_call",
    "agent_tool_request",
    "agent_tool_response",
)
"""What an agent should send that also chats."""

OVERRIDES = (
    "conversation.text_only",
    "conversation.max_duration_seconds",
    "agent.first_message",
    "agent.language",
    "agent.max_conversation_duration_message",
    "agent.prompt.prompt",
    "agent.prompt.llm",
    "agent.prompt.tool_ids",
    "agent.prompt.knowledge_base",
    "tts.voice_id",
    "tts.stability",
    "tts.speed",
    "tts.similarity_boost",
    "turn.soft_timeout_config.message",
)
"""Fields a client may override where the agent's toggle of the same path is on."""

_NAMED = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class AnswerOrder(StrEnum):
    """How one utterance is sent; the provider itself does not keep to one order."""

    PARTS_THEN_RESPONSE = "parts_then_response"
    RESPONSE_BEFORE_STOP = "response_before_stop"
    RESPONSE_ONLY = "response_only"
    PARTS_ONLY = "parts_only"


class ToolKind(StrEnum):
    """Who runs a tool."""

    CLIENT = "client"
    WEBHOOK = "webhook"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the persona uses when the person's words hold one of ``triggers``."""

    name: str
    kind: ToolKind = ToolKind.WEBHOOK
    triggers: tuple[str, ...] = ()
    result: str = ""
    delay_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent, as its owner configured it in the provider's dashboard."""

    agent_id: str
    name: str = "Sofía"
    language: str = "es"
    first_message: str = ""
    prompt: str = ""
    text_only: bool = False
    max_duration_seconds: int = 600
    max_duration_message: str = ""
    client_events: tuple[str, ...] = CHAT_CLIENT_EVENTS
    overrides: tuple[str, ...] = OVERRIDES
    custom_llm_extra_body: bool = True
    enable_auth: bool = True
    placeholders: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[Tool, ...] = (Tool("end_call", ToolKind.SYSTEM),)
    answer_order: AnswerOrder = AnswerOrder.PARTS_THEN_RESPONSE

    @property
    def ends_calls(self) -> bool:
        """Whether the agent was given the system tool ``end_call``."""
        return any(tool.name == "end_call" for tool in self.tools)


DEFAULT_AGENTS = (
    Agent(
        "agent_4701k8fcsvhaes5s1h6tw894g98s",
        first_message="Hola, le habla Sofía, la asistente virtual. ¿Cómo está?",
        prompt="Eres Sofía, una asistente amable. Responde con lo que sabes de la persona.",
        tools=(
            Tool("end_call", ToolKind.SYSTEM),
            Tool(
                "consultar_estado",
                triggers=("estado del envio", "donde viene", "shipping status", "track"),
                result="en camino / on its way",
            ),
        ),
    ),
    Agent(
        "agent_en01k8fcsvhaes5s1h6tw894g98s",
        name="Emma",
        language="en",
        first_message="Hello, this is Emma, the virtual assistant. How are you?",
        prompt="You are Emma, a friendly assistant. Answer from what you know of the person.",
    ),
    Agent(
        "agent_debt1k8fcsvhaes5s1h6tw894g9",
        name="Marcos",
        first_message="Hola {{name}}, le llamo por su saldo de {{debt}}.",
        prompt="Eres Marcos. La persona se llama {{name}} y debe {{debt}}.",
        placeholders={"name": "Ana", "debt": "100"},
    ),
)
"""The original's default agent, one that speaks English, and one that wants variables."""


def variables_named(text: str) -> tuple[str, ...]:
    """The variables that ``{{…}}`` names in a text, without the provider's own ``system__``."""
    names = dict.fromkeys(_NAMED.findall(text))
    return tuple(name for name in names if not name.startswith("system__"))


def absent_variables(text: str, given: Collection[str]) -> str | None:
    """The variables a text names and nobody gave, as the provider writes them: ``{'a', 'b'}``."""
    absent = sorted(name for name in variables_named(text) if name not in given)
    return f"{{{', '.join(map(repr, absent))}}}" if absent else None


def filled(text: str, variables: Mapping[str, object]) -> str:
    """The text with its ``{{…}}`` replaced by the values given."""
    return _NAMED.sub(lambda found: str(variables.get(found[1], "")), text)


def agent_from(definition: Mapping[str, object], agent_id: str) -> Agent:
    """Read a definition given as JSON by Agent's field names; others raise TypeError."""
    words = dict(definition)
    words.pop("agent_id", None)
    for name in ("client_events", "overrides"):
        if name in words:
            words[name] = _strings(words[name])
    if "tools" in words:
        tools = words["tools"]
        words["tools"] = tuple(map(_tool, tools)) if isinstance(tools, list) else ()
    if "answer_order" in words:
        words["answer_order"] = AnswerOrder(str(words["answer_order"]))
    return Agent(agent_id, **words)  # type: ignore[arg-type]  # a control API for developers


def definition_of(agent: Agent) -> Json:
    """The JSON that ``agent_from`` reads back."""
    words = {name: getattr(agent, name) for name in Agent.__dataclass_fields__}
    tools = [{n: getattr(tool, n) for n in Tool.__dataclass_fields__} for tool in agent.tools]
    return {**words, "tools": tools, "placeholders": dict(agent.placeholders)}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _tool(definition: object) -> Tool:
    if isinstance(definition, str):
        return Tool(definition, ToolKind.SYSTEM)
    words = as_object(definition)
    return Tool(
        name=str(words["name"]),
        kind=ToolKind(words.get("kind", ToolKind.WEBHOOK)),
        triggers=_strings(words.get("triggers", [])),
        result=str(words.get("result", "")),
        delay_s=float(words.get("delay_s", 0.1)),
    )
