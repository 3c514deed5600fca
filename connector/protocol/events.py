"""What the server can say, as types.

Texts stay out of ``repr``: an event that ends up in a log line or a traceback tells nothing that a
person or an agent said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversation.identifiers import SessionId

EventId = int | str
"""The server's name of a turn. Digits in a string are read as the number they show."""


class PartKind(StrEnum):
    """Where in a streamed utterance a part stands."""

    START = "start"
    DELTA = "delta"
    STOP = "stop"


class McpState(StrEnum):
    """How far a call of an MCP tool has come."""

    LOADING = "loading"
    AWAITING_APPROVAL = "awaiting_approval"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The server took our initiation and named the conversation."""

    session_id: SessionId


@dataclass(frozen=True, slots=True)
class Ping:
    """To be answered at once with a pong of the same id."""

    event_id: EventId


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The whole text of one utterance. ``response_id``, where given, names the utterance."""

    text: str = field(repr=False)
    event_id: EventId | None = None
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentPart:
    """A piece of an utterance that is being streamed."""

    kind: PartKind
    text: str = field(repr=False)
    event_id: EventId | None = None
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentDone:
    """The agent is done responding to a turn."""

    event_id: EventId | None


@dataclass(frozen=True, slots=True)
class AgentCorrected:
    """What the agent had really said when it was interrupted."""

    original: str = field(repr=False)
    corrected: str = field(repr=False)
    event_id: EventId | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The utterance of this turn was cut off: nothing more is streamed of it."""

    event_id: EventId | None


@dataclass(frozen=True, slots=True)
class ClientToolCalled:
    """The agent wants *us* to run a tool, and waits if it expects a response."""

    tool_name: str
    tool_call_id: str
    event_id: EventId | None = None
    expects_response: bool = True


@dataclass(frozen=True, slots=True)
class ToolRequested:
    """A tool began to run on the server's side."""

    tool_name: str
    tool_call_id: str
    event_id: EventId | None = None


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A tool has come to its end on the server's side."""

    tool_name: str
    tool_call_id: str
    event_id: EventId | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class McpToolCalled:
    """A call of an MCP tool moved."""

    tool_call_id: str
    state: McpState


@dataclass(frozen=True, slots=True)
class ServerFault:
    """The server says why it is about to close. Any field may be missing."""

    code: int | None = None
    error_type: str | None = None
    text: str = field(default="", repr=False)
    """Reason, message and debug message in one, for classification only."""


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """Our place in the queue for capacity: ``waiting``, ``admitted``, ``timed_out``."""

    status: str


@dataclass(frozen=True, slots=True)
class GuardrailTriggered:
    """A guardrail of the agent stepped in."""


@dataclass(frozen=True, slots=True)
class ContextUsed:
    """How full the model's context window is."""

    tokens: int
    limit: int


@dataclass(frozen=True, slots=True)
class AgentTyping:
    """A human who took over is typing, or stopped."""

    is_typing: bool


@dataclass(frozen=True, slots=True)
class PersonTookOver:
    """A person took the agent's place (Genesys…), or gave it back."""

    is_there: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """A known frame that means nothing to a text conversation."""

    type: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A type that we have never heard of: counted, nothing else."""

    type: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that could not be read. ``reason`` names the place, never the content."""

    reason: str


ServerEvent = (
    Metadata
    | Ping
    | AgentSaid
    | AgentPart
    | AgentDone
    | AgentCorrected
    | Interrupted
    | ClientToolCalled
    | ToolRequested
    | ToolAnswered
    | McpToolCalled
    | ServerFault
    | QueueMoved
    | GuardrailTriggered
    | ContextUsed
    | AgentTyping
    | PersonTookOver
    | Ignored
    | Unknown
    | Malformed
)
