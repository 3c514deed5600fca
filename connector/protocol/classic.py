"""The dialect of the original document (``ELEVENLABS_DIALECT=classic``).

Its three frames are written and read exactly as printed there. What the document leaves open is
decided so:

- **No metadata is promised.** The client names the conversation, so a session is ready without
  any; if metadata does come before that, its id is taken.
- **Context** has no frame of its own. It travels in the initiation, as further keys of
  ``user.metadata``: ``context`` (one text, notes separated by blank lines) and ``variables``. With
  nothing to tell, neither key is there and the frame is the document's, key for key.
- **A phone** may be unknown (a contact without a number): then its key is left out.
- **Whatever else the server says** is read as in ``convai``, and what it asks for (a pong, the
  result of a tool) is answered in the same words. Nothing else is sent unasked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import events
from connector.protocol.convai import Convai, read_frame
from connector.protocol.fields import UnreadableError, parse
from connector.protocol.writing import encode, without_none
from conversation.errors import Defect
from conversation.identifiers import SessionId

if TYPE_CHECKING:
    from connector.protocol.events import ServerEvent
    from connector.protocol.initiation import ContextNote, Initiation


class Classic(Convai):
    """The original's frames. Stateless: one instance serves every socket."""

    name = "classic"

    def session_id(self, initiation: Initiation) -> SessionId | None:
        """The id that we give the conversation ourselves."""
        if initiation.conversation_id is None:
            raise Defect("classic needs a conversation_id", reason="no_conversation_id")
        return SessionId(initiation.conversation_id)

    def read(self, raw: str) -> ServerEvent:
        """``agent_response`` with a ``message``; anything else as in ``convai``."""
        try:
            return _read(parse(raw))
        except UnreadableError as error:
            return events.Malformed(error.place)

    def initiation(self, initiation: Initiation) -> str:
        """The document's first frame, with context in ``user.metadata``."""
        body = {
            "conversation_config": {
                "conversation_id": initiation.conversation_id,
                "input_audio_format": None,
                "output_audio_format": None,
                "mode": "text",
            },
            "user": {"name": initiation.name or "", "metadata": _metadata(initiation)},
        }
        return encode("conversation_initiation", body)

    def user_message(self, text: str) -> str:
        """What the person said."""
        return encode("user_message", {"message": text})

    def contextual_update(self, note: ContextNote) -> str | None:  # noqa: ARG002 -- Dialect
        """Nothing: context went out with the initiation."""
        return None

    def user_activity(self) -> str | None:
        """Nothing: the document has no such frame."""
        return None


def _metadata(initiation: Initiation) -> dict[str, object]:
    return without_none(
        source="whatsapp",
        phone=initiation.phone,
        context="\n\n".join(note.text for note in initiation.context) or None,
        variables=dict(initiation.dynamic_variables) or None,
    )


def _read(frame: dict[str, object]) -> ServerEvent:
    message = frame.get("message")
    if frame.get("type") == "agent_response" and isinstance(message, str):
        return events.AgentSaid(message)
    return read_frame(frame)
