"""websocket-client's assemblers of frames, lent to the sockets that have something to read.

Between two messages such an assembler remembers nothing of its socket: ten thousand quiet sockets
need none, and one in the middle of a message keeps its own until the message is whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from websocket import WebSocket

if TYPE_CHECKING:
    from connector.stream import Stream


class Readers:
    """The stock of one loop."""

    __slots__ = ("_idle",)

    def __init__(self) -> None:
        self._idle: list[WebSocket] = []

    def lend(self, stream: Stream) -> WebSocket:
        """Give one that reads from ``stream``, and answers pings and closes through it."""
        reader = self._idle.pop() if self._idle else _new()
        reader.sock = stream  # type: ignore[assignment]  # it calls what a Stream has, no more
        return reader

    def take_back(self, reader: WebSocket) -> bool:
        """Take it, unless it is in the middle of a message: then it is still its socket's."""
        frame, message = reader.frame_buffer, reader.cont_frame
        if frame.header is not None or frame.recv_buffer or message.cont_data is not None:
            return False
        reader.sock = None
        self._idle.append(reader)
        return True

    @staticmethod
    def announced(reader: WebSocket) -> int:
        """Tell how long the message that is arriving is going to be, as far as it is known."""
        parts = reader.cont_frame.cont_data
        return (len(parts[1]) if parts else 0) + (reader.frame_buffer.length or 0)

    @staticmethod
    def discard(reader: WebSocket) -> None:
        """Let go of one whose message will never be whole, or is none."""
        # It is a cycle: nothing of it may wait for the collector, which does not look at what was
        # there when the process froze its garbage.
        del reader.frame_buffer
        reader.sock = None


def _new() -> WebSocket:
    # The text is decoded in one go when it is delivered, which validates it far faster.
    return WebSocket(enable_multithread=False, skip_utf8_validation=True)
