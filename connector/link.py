"""One socket of one contact, as the hub knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connector.closed import Closed, Kind
from connector.session.words import Lost, Opened, Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.channel import Connection
    from connector.dialogue.words import Input
    from connector.line import Line
    from connector.protocol import ServerEvent

_GOING_AWAY: Final = 1001


class Link:
    """A ``listener.Listener`` that can be cut off: what comes from an older link is nobody's.

    It exists before its connection does, and may be closed before there is one.
    """

    __slots__ = ("_connection", "_line", "_read", "_tell", "closed_as", "unwanted")

    def __init__(
        self,
        line: Line,
        tell: Callable[[Line, Input], object],
        read: Callable[[str], ServerEvent],
    ) -> None:
        self._line = line
        self._tell: Callable[[Line, Input], object] | None = tell
        self._read = read
        self._connection: Connection | None = None
        self.closed_as: Closed | None = None
        self.unwanted = False
        """It was closed before there was a connection: none is to be made any more."""

    def attach(self, connection: Connection) -> None:
        """The dial has begun."""
        self._connection = connection

    def send(self, frame: str) -> None:
        """Write a frame."""
        if self._connection is not None:
            self._connection.send(frame)

    def close(self, code: int, reason: str) -> bool:
        """Close it politely. ``False``: there is no connection, and no end of one will be told."""
        if self._connection is None:
            self.unwanted = True
            return False
        self._connection.close(code, reason)
        return True

    def drop(self) -> None:
        """Hear nothing of it any more, and let it go."""
        self._tell, self.unwanted = None, True
        if self._connection is not None:
            self._connection.close(_GOING_AWAY)

    def opened(self) -> None:
        """``Listener``."""
        self._say(Opened())

    def text(self, text: str) -> None:
        """``Listener``."""
        self._say(Received(self._read(text)))

    def closed(self, closed: Closed) -> None:
        """``Listener``."""
        self._connection, self.closed_as = None, closed
        self._say(lost_of(closed))

    def failed(self, lost: Lost) -> None:
        """It could not even be dialed."""
        self._say(lost)

    def _say(self, happened: Input) -> None:
        if self._tell is not None:
            self._tell(self._line, happened)


def lost_of(closed: Closed) -> Lost:
    """The end of a connection, in the session's words.

    Only what the other side said is told as a reason: the session reads meaning into it.
    """
    if closed.refusal is not None:
        refusal = closed.refusal
        return Lost(
            reason=refusal.body, http_status=refusal.status, retry_after_s=refusal.retry_after_s
        )
    if closed.kind is Kind.REMOTE:
        return Lost(code=closed.code, reason=closed.said)
    return Lost()
