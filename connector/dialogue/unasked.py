"""What the agent says although nobody asked it: delivered, kept, or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue.words import StoreUnsolicited
from conversation.variables import Unsolicited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from conversation.state import Gist


def unasked(
    text: str, choice: Unsolicited, state: Gist | None, utc: datetime
) -> Iterator[StoreUnsolicited]:
    """What to store of it. It is only delivered where an answer would be, too."""
    if choice is Unsolicited.DROP or state is None:
        return
    free = state.window_open(utc) and not state.opted_out and not state.paused(utc)
    yield StoreUnsolicited(text, choice is Unsolicited.DELIVER and free)
