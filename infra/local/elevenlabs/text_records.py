"""The conversation that a text session leaves behind: it has no phone call in its metadata."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from infra.local.elevenlabs.conversation_documents import analysis, recount, transcript_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.store import Store


class TextRecord:
    """Writes one conversation while it goes on."""

    def __init__(self, conversation: Json, store: Store, clock: Callable[[], float]) -> None:
        self._conversation = conversation
        self._store = store
        self._clock = clock
        self._began_at = clock()
        self._keep()

    def said(self, role: str, text: str) -> None:
        """Somebody said something."""
        at = int(self._clock() - self._began_at)
        self._conversation["transcript"].append(transcript_item(role, text, at))
        recount(self._conversation)
        self._keep()

    def ended(self, reason: str) -> None:
        """The socket is closed."""
        seconds = max(1, math.ceil(self._clock() - self._began_at))
        metadata = self._conversation["metadata"]
        metadata.update(call_duration_secs=seconds, termination_reason=reason, cost_fiat=0.003)
        self._conversation["status"] = "processing"
        self._keep()

    def _keep(self) -> None:
        self._store.put("conversation", self._conversation["conversation_id"], self._conversation)


def settle(conversation: Json) -> None:
    """Add the analysis of a text conversation that is over."""
    said = [turn["message"] for turn in conversation["transcript"] if turn["role"] == "user"]
    summary = f"Text conversation with {len(said)} messages of the person."
    conversation["analysis"] = analysis("Text conversation", summary)
    conversation["status"] = "done"
