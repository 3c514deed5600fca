"""What is said on the socket to an agent: frames on one side, typed events on the other.

Pure: a frame is a ``str``, and nothing here opens, reads or closes anything. Readers are tolerant
(a frame never raises), writers are strict (what they write is valid for the published schemas).
"""

from connector.protocol.classic import Classic
from connector.protocol.convai import Convai
from connector.protocol.dialect import Dialect, dialect_named
from connector.protocol.events import (
    AgentCorrected,
    AgentDone,
    AgentPart,
    AgentSaid,
    AgentTyping,
    ClientToolCalled,
    ContextUsed,
    EventId,
    GuardrailTriggered,
    Ignored,
    Interrupted,
    Malformed,
    McpState,
    McpToolCalled,
    Metadata,
    PartKind,
    PersonTookOver,
    Ping,
    QueueMoved,
    ServerEvent,
    ServerFault,
    ToolAnswered,
    ToolRequested,
    Unknown,
)
from connector.protocol.initiation import ContextNote, Initiation

__all__ = [
    "AgentCorrected",
    "AgentDone",
    "AgentPart",
    "AgentSaid",
    "AgentTyping",
    "Classic",
    "ClientToolCalled",
    "ContextNote",
    "ContextUsed",
    "Convai",
    "Dialect",
    "EventId",
    "GuardrailTriggered",
    "Ignored",
    "Initiation",
    "Interrupted",
    "Malformed",
    "McpState",
    "McpToolCalled",
    "Metadata",
    "PartKind",
    "PersonTookOver",
    "Ping",
    "QueueMoved",
    "ServerEvent",
    "ServerFault",
    "ToolAnswered",
    "ToolRequested",
    "Unknown",
    "dialect_named",
]
