"""How far the agent has come in its answer: what an interruption has to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.elevenlabs import frames

if TYPE_CHECKING:
    from infra.local.elevenlabs.shapes import Json


@dataclass(slots=True)
class Speech:
    """One turn, from what was asked to what was said so far.

    ``begun`` tells that the person has seen something of it.
    """

    question: str = ""
    event_id: int = 0
    begun: bool = False
    _streamed: str = ""
    _streaming: str | None = None
    _last: str = ""

    def heard(self, frame: Json) -> str | None:
        """Note a frame of the turn; give the text of an utterance that is now complete."""
        match frame:
            case {"type": "agent_chat_response_part", "text_response_part": part}:
                return self._part(part)
            case {"type": "agent_response", "agent_response_event": event}:
                self.begun = True
                return self._once(event["response_id"], event["agent_response"])
            case _:
                return None

    def broken_off(self) -> list[Json]:
        """The frames that tell the client of the interruption."""
        told = [frames.interruption(self.event_id)]
        if self._streaming is not None:
            told.insert(0, frames.part("stop", "", self.event_id, self._streaming))
        if self._streamed:
            told.append(frames.correction(self._streamed, f"{self._streamed}…", self.event_id))
        return told

    def _part(self, part: Json) -> str | None:
        if part["event_id"] != self.event_id:
            return None  # of a late answer, which nothing interrupts
        if part["type"] == "start":
            self._streaming, self._streamed = part["response_id"], ""
        elif part["type"] == "delta":
            self.begun = True
            self._streamed += part["text"]
        else:
            self._streaming = None
            return self._once(part["response_id"], self._streamed)
        return None

    def _once(self, response_id: str, text: str) -> str | None:
        seen = response_id == self._last
        self._last = response_id
        return None if seen or not text else text
