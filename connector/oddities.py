"""What servers send and we do not follow: counted each time, told the 1st, 2nd, 4th, 8th… time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from connector.session.words import Oddity
from conversation.signals import Signal

if TYPE_CHECKING:
    from connector.line import Line
    from connector.measures import Measures
    from conversation.signals import Signals

_TOLD_AS: Final = {
    Oddity.UNKNOWN_FRAME: (Signal.FRAME_IGNORED, "event_type"),
    Oddity.MALFORMED_FRAME: (Signal.FRAME_MALFORMED, "reason"),
    Oddity.TOOL_REFUSED: (Signal.TOOL_REFUSED, "tool"),
}
_LONGEST: Final = 64
_NAMES: Final = 256
"""Told apart; then the counting begins anew, whatever a server sends."""


class Oddities:
    """Of all lines. Belongs to the loop's thread."""

    def __init__(self, signals: Signals, measures: Measures) -> None:
        self._signals = signals
        self._measures = measures
        self._seen: Counter[tuple[Oddity, str]] = Counter()

    def note(self, line: Line, what: Oddity, name: str) -> None:
        """One more. ``name``: the frame's type, the place of its fault, or the tool."""
        told = name[:_LONGEST]
        self._measures.odd[what.value] += 1
        if len(self._seen) >= _NAMES:
            self._seen.clear()
        self._seen[what, told] += 1
        count = self._seen[what, told]
        if count & (count - 1) == 0:  # a power of two
            signal, key = _TOLD_AS[what]
            keys = {"contact_id": line.contact_id, "session": line.session_id, key: told}
            self._signals(signal, count=count, **keys)
