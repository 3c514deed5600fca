"""Where slots are short: who waits comes in once there is room, and idle sockets make some."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from connector.dialogue.words import Wish, Wished
from connector.session.words import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from connector.dialogue.words import Input
    from connector.line import Line
    from connector.loop import Loop
    from connector.opening import Opening
    from conversation.identifiers import ContactId

_PAUSE_S: Final = 0.02
"""Looking for the longest idle goes through all lines: where it is crowded, many ask at once."""


class Crowding:
    """Belongs to the loop's thread. ``tell`` and ``soon`` are the hub's."""

    def __init__(
        self,
        loop: Loop,
        opening: Opening,
        lines: Mapping[ContactId, Line],
        *,
        tell: Callable[[Line, Input], object],
        soon: Callable[[Line, Input], object],
    ) -> None:
        self._loop = loop
        self._opening = opening
        self._lines = lines
        self._tell = tell
        self._soon = soon
        self._asking = False

    def let_in(self) -> None:
        """Something was freed: whoever waits at the door comes in, or somebody makes room."""
        if not self._opening.door.waiting:
            return  # as nearly always
        if self._opening.let_in(self._lines.get, self._soon) and not self._asking:
            self._asking = True
            self._loop.call_later(_PAUSE_S, self._ask_for_room)
        self._opening.again(self._loop, self.let_in)

    def _ask_for_room(self) -> None:
        """The sockets that were idle the longest make room for people who wait."""
        self._asking = False
        for line in yielding(self._lines.values(), self._opening.door.short_by):
            self._tell(line, Wished(Wish.MAKE_ROOM))


def yielding(lines: Iterable[Line], most: int) -> list[Line]:
    """The lines whose sockets make room, the longest idle first, beside those closing already."""
    idle: list[tuple[float, Line]] = []
    for line in lines:
        session = line.dialogue.session
        if session is None or line.busy:
            continue
        if session.state is State.CLOSING:
            most -= 1
        elif session.state is State.READY:
            idle.append((session.last_activity or 0.0, line))
    idle.sort(key=itemgetter(0))
    return [line for _, line in idle[: max(most, 0)]]
