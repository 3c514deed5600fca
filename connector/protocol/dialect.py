"""The small interface behind which the dialects stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from connector.protocol.classic import Classic
from connector.protocol.convai import Convai
from conversation.errors import Refused

if TYPE_CHECKING:
    from connector.protocol.events import EventId, ServerEvent
    from connector.protocol.initiation import ContextNote, Initiation
    from conversation.identifiers import SessionId


class Dialect(Protocol):
    """How one kind of server writes and reads.

    ``read`` never raises. A writer returns ``None`` where the dialect has no such frame.
    """

    name: str

    def session_id(self, initiation: Initiation) -> SessionId | None:
        """The id that the client gives; ``None`` where the server names the conversation."""

    def read(self, raw: str) -> ServerEvent:
        """The event in a frame."""

    def initiation(self, initiation: Initiation) -> str:
        """The first frame of a conversation."""

    def user_message(self, text: str) -> str:
        """What the person said."""

    def contextual_update(self, note: ContextNote) -> str | None:
        """Background for the agent; it does not answer it."""

    def user_activity(self) -> str | None:
        """The person is there, but says nothing."""

    def pong(self, event_id: EventId) -> str:
        """The answer to a ping."""

    def tool_result(self, tool_call_id: str, result: str, *, is_error: bool) -> str:
        """The answer to a client tool call."""

    def tool_refusal(self, tool_call_id: str) -> str:
        """The answer to a tool that waits for an approval."""


_DIALECTS: dict[str, type[Convai]] = {dialect.name: dialect for dialect in (Convai, Classic)}


def dialect_named(name: str) -> Dialect:
    """The dialect that ``ELEVENLABS_DIALECT`` names. Raises :class:`Refused` for another word."""
    if name not in _DIALECTS:
        known = ", ".join(sorted(_DIALECTS))
        raise Refused(f"ELEVENLABS_DIALECT is one of: {known}", reason="unknown_dialect")
    return _DIALECTS[name]()
