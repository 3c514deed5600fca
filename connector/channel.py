"""One WebSocket in the loop: websocket-client has the protocol, a `Stream` has the socket.

`Connection` is what a conversation holds. It lets websocket-client assemble frames from what the
loop has read (fragments, masks, reserved bits and close codes are its business) and answer pings,
and sees to deadlines, limits and the end. The plainest frames, and they alone, are read and written
without it (`connector.frames`).

Written against websocket-client 1.9.2; tests/contract/test_websocket_client.py holds what we use.
"""

from __future__ import annotations

import enum
import ssl
import struct
from typing import TYPE_CHECKING, Final

from websocket import (
    ABNF,
    STATUS_INVALID_PAYLOAD,
    STATUS_MESSAGE_TOO_BIG,
    STATUS_NORMAL,
    STATUS_PROTOCOL_ERROR,
    WebSocketException,
)

from connector.closed import Closed, Kind
from connector.frames import close_frame, text_frame
from connector.loop import WRITE
from connector.stream import LostError
from conversation.errors import Defect

if TYPE_CHECKING:
    from websocket import WebSocket

    from connector.limits import Limits
    from connector.listener import Attempt, Listener
    from connector.loop import Loop, Timer
    from connector.readers import Readers
    from connector.stream import Stream

_READS_A_TURN: Final = 16
_FRAMES_A_TURN: Final = 64
"""Then other sockets have their turn; the rest is read, and delivered, in the next pass."""

_CONTROL: Final = frozenset({ABNF.OPCODE_PING, ABNF.OPCODE_PONG})

_CODE: Final = struct.Struct("!H")


class _State(enum.Enum):
    DIALING = enum.auto()
    OPEN = enum.auto()
    CLOSING = enum.auto()
    DONE = enum.auto()


class Connection:
    """One WebSocket, from the dial to its end. `Dialer.dial` makes them.

    Nothing here blocks, or raises for what the other side does: all of that comes as one `Closed`.
    """

    __slots__ = (
        "_attempt", "_code", "_deadline", "_limits", "_listener", "_loop", "_reader",
        "_readers", "_resuming", "_state", "_stream",
    )  # fmt: skip

    def __init__(self, loop: Loop, *, listener: Listener, limits: Limits, readers: Readers) -> None:
        self._loop = loop
        self._limits = limits
        self._listener: Listener | None = listener
        self._state = _State.DIALING
        self._attempt: Attempt | None = None
        self._stream: Stream | None = None
        self._readers = readers
        self._reader: WebSocket | None = None
        """Lent as long as there is only a part of a message."""
        self._deadline: Timer | None = None
        self._code: int | None = None
        self._resuming = False

    # What the owner calls.

    def send(self, text: str) -> None:
        """Send one message, in whole and in order. Ignored once the end has begun.

        What the kernel does not take waits in a queue; above ``max_queued_bytes`` the connection is
        dropped (OVERFLOW). To be called after ``opened`` only.
        """
        if self._state is _State.DIALING:
            raise Defect("a message was sent before the connection was open", reason="not_open")
        if self._state is _State.OPEN and self._stream is not None:
            self._stream.send(text_frame(text))
            self._settle()

    def close(self, code: int = STATUS_NORMAL, reason: str = "") -> None:
        """Say goodbye and wait up to ``close_timeout_s`` for the answer. Ends as LOCAL."""
        if self._state is _State.DIALING:
            self.abort()
        elif self._state is _State.OPEN and self._stream is not None:
            self._state, self._code = _State.CLOSING, code
            self._stream.send(close_frame(code, reason))
            self._stream.mute()
            self._disarm()
            late = Closed(Kind.LOCAL, "close_unconfirmed", code)
            self._deadline = self._loop.call_later(self._limits.close_timeout_s, self._finish, late)
            self._watch()

    def abort(self) -> None:
        """Drop it now, without a close frame. Ends as LOCAL."""
        self._finish(Closed(Kind.LOCAL, "aborted", self._code))

    # What the dialer calls.

    def dialing(self, attempt: Attempt) -> None:
        """Hold on to the attempt, so that it can be given up."""
        self._attempt = attempt

    def fail(self, closed: Closed) -> None:
        """End it before it opened."""
        self._attempt = None
        self._finish(closed)

    def adopt(self, stream: Stream) -> None:
        """Take over after the upgrade. ``stream`` is registered and may hold first frames."""
        self._attempt = None
        self._state, self._stream = _State.OPEN, stream
        self._loop.modify(stream.watch, stream.interest, self._on_ready)
        if self._listener is not None:
            self._loop.attempt(self._listener.opened)
        self._on_ready(0)

    # What the loop calls.

    def _on_ready(self, ready: int) -> None:
        stream = self._stream
        if stream is None:
            return
        if ready & WRITE:
            self._on_writable(stream)
        try:
            self._read(stream, ready)
        except LostError as lost:
            self._lost(lost)
        self._settle()

    def _on_writable(self, stream: Stream) -> None:
        queued = stream.queued
        stream.flush()
        if self._state is _State.OPEN and stream.queued < queued:
            self._disarm()

    def _read(self, stream: Stream, ready: int) -> None:
        # Once, and then what TLS hides. Of all else the selector tells again, which costs less than
        # to find nothing each time.
        for _ in range(_READS_A_TURN):
            if not self._deliver(stream) or not (ready or stream.hides_more) or not stream.fill():
                break
            ready = 0
        else:
            self._resume_soon()

    def _deliver(self, stream: Stream) -> bool:
        """Hand over what has come. Whether that was all, and more may be read now."""
        try:
            for _ in range(_FRAMES_A_TURN):
                if self._stream is None:
                    return False
                if stream.is_empty:
                    return True
                self._take(*self._next(stream))
        except ssl.SSLWantReadError:
            return self._is_bearable()
        except WebSocketException:
            self._break(STATUS_PROTOCOL_ERROR, "malformed_frame")
            return False
        self._resume_soon()
        return False

    def _next(self, stream: Stream) -> tuple[int, bytes]:
        if self._reader is None:
            text = stream.plain_text()
            if text is not None:
                return ABNF.OPCODE_TEXT, text
            self._reader = self._readers.lend(stream)
        # Control frames are given too, although they are answered: a flood of them ends.
        opcode, frame = self._reader.recv_data_frame(control_frame=True)
        if self._readers.take_back(self._reader):
            self._reader = None
        return opcode, frame.data

    def _resume_soon(self) -> None:
        # Once, although the selector may call in between: or each pass would do more than the last.
        if not self._resuming:
            self._resuming = True
            self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._resuming = False
        self._on_ready(0)

    def _is_bearable(self) -> bool:
        limit = self._limits.max_message_bytes
        if self._reader is not None and self._readers.announced(self._reader) > limit:
            self._break(STATUS_MESSAGE_TOO_BIG, "too_big")
        return self._reader is not None

    def _take(self, opcode: int, data: bytes) -> None:
        if opcode in _CONTROL:
            return
        if opcode == ABNF.OPCODE_CLOSE:
            self._remote_closed(data)
        elif len(data) > self._limits.max_message_bytes:
            self._break(STATUS_MESSAGE_TOO_BIG, "too_big")
        else:
            self._take_text(data)

    def _take_text(self, data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._break(STATUS_INVALID_PAYLOAD, "not_utf8")
            return
        if self._state is _State.OPEN and self._listener is not None:
            self._loop.attempt(self._listener.text, text)

    def _settle(self) -> None:
        stream = self._stream
        if stream is None:
            return
        if self._state is _State.OPEN and (stream.queued or self._deadline is not None):
            self._mind_the_queue(stream)
        self._watch()

    def _mind_the_queue(self, stream: Stream) -> None:
        if stream.queued > self._limits.max_queued_bytes:
            self._finish(Closed(Kind.OVERFLOW, "queue_full"))
        elif not stream.queued:
            self._disarm()
        elif self._deadline is None:
            late = Closed(Kind.LOST, "write_stalled")
            self._deadline = self._loop.call_later(self._limits.write_timeout_s, self._finish, late)

    def _watch(self) -> None:
        stream = self._stream
        if stream is not None and stream.interest != stream.watch.events:
            self._loop.modify(stream.watch, stream.interest, self._on_ready)

    # How it ends.

    def _remote_closed(self, data: bytes) -> None:
        code = _CODE.unpack(data[:2])[0] if data else None
        if self._state is _State.CLOSING:
            self._finish(Closed(Kind.LOCAL, "closed", self._code))
        else:
            # websocket-client has answered already, through the stream.
            said = data[2:].decode(errors="replace")
            self._finish(Closed(Kind.REMOTE, "close_frame", code, said))

    def _lost(self, lost: LostError) -> None:
        if self._state is _State.CLOSING:
            self._finish(Closed(Kind.LOCAL, "close_unconfirmed", self._code))
        else:
            self._finish(Closed(Kind.LOST, lost.reason))

    def _break(self, code: int, reason: str) -> None:
        if self._stream is not None:
            self._stream.send(close_frame(code))
        self._finish(Closed(Kind.PROTOCOL, reason, code))

    def _finish(self, closed: Closed) -> None:
        if self._state is _State.DONE:
            return
        self._state = _State.DONE
        self._disarm()
        self._release()
        listener, self._listener = self._listener, None
        if listener is not None:
            self._loop.call_soon(listener.closed, closed)

    def _release(self) -> None:
        attempt, self._attempt = self._attempt, None
        stream, self._stream = self._stream, None
        if attempt is not None:
            attempt.cancel()
        if stream is not None:
            self._loop.unregister(stream.watch)
            stream.hang_up()
        if self._reader is not None:
            self._readers.discard(self._reader)
            self._reader = None

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
