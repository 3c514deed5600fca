"""The socket as websocket-client sees it.

websocket-client would lose the tail of a frame on a socket that takes only part of it, and would
block where it waits. So it never sees the socket: it reads from and writes to a `Stream`, which
gives what the loop has read and takes everything at once.
"""

from __future__ import annotations

import errno
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from connector.frames import plain_text
from connector.loop import READ, WRITE
from conversation.errors import Transient

if TYPE_CHECKING:
    import socket

    from connector.loop import Watch

_READ_BYTES: Final = 16 * 1024
"""A TLS record carries no more."""

_WRITE_BYTES: Final = 64 * 1024

_WORDS: Final = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timed_out",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
    errno.EADDRNOTAVAIL: "no_local_port",
}


def word_for(error: OSError) -> str:
    """Give the stable word for an error of a socket."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return _WORDS.get(error.errno or 0, "socket_error")


class LostError(Transient):
    """The stream is over, without or against the other side's will: ``reason`` says how."""


class Stream:
    """Bytes over a non-blocking socket.

    `recv` gives what `fill` has read and never touches the socket. `send` takes everything: what
    the kernel does not take is queued, whole and in order, for `flush`.
    """

    __slots__ = ("_blocked_on_write", "_given", "_inbox", "_mute", "_outbox", "sock", "watch")

    watch: Watch
    """The loop's. Who registers the stream keeps it here, for those that take the stream over."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._inbox = b""
        self._given = 0
        self._outbox: bytearray | None = None
        """Made when something has to wait, which is seldom."""
        self._mute = False
        self._blocked_on_write = False

    # What websocket-client calls.

    def recv(self, size: int) -> bytes:
        """Give up to ``size`` bytes of what was read, or raise `SSLWantReadError`: not yet."""
        piece = self._inbox[self._given : self._given + size]
        if not piece:
            raise ssl.SSLWantReadError
        self._gave(self._given + len(piece))
        return piece

    def send(self, data: bytes) -> int:
        """Take all of ``data``. Never raises: if the stream is broken, reading will tell."""
        if self._mute:
            return len(data)
        taken = 0 if self._outbox else self._write(data)
        if taken < len(data) and not self._mute:
            self._outbox = self._outbox or bytearray()
            self._outbox += data[taken:]
        return len(data)

    def gettimeout(self) -> float:
        """Answer 0: websocket-client must not wait by itself."""
        return 0

    def settimeout(self, timeout: float | None) -> None:
        """Ignore it: deadlines are the loop's."""

    def fileno(self) -> int:
        """Give the descriptor; it is the same before and after TLS."""
        return self.sock.fileno()

    def shutdown(self, how: int) -> None:
        """Shut the socket down."""
        self.sock.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    # What the loop's side calls.

    @property
    def is_empty(self) -> bool:
        """Whether all that was read has been given."""
        return not self._inbox

    @property
    def hides_more(self) -> bool:
        """Whether TLS holds what no selector can tell of: bytes that it has read already."""
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    @property
    def queued(self) -> int:
        """Bytes that wait for the kernel."""
        return len(self._outbox or b"")

    @property
    def interest(self) -> int:
        """What to watch for: writing only while something waits for it."""
        return READ | WRITE if self._outbox or self._blocked_on_write else READ

    def fill(self) -> bool:
        """Read once. False: nothing there now. Raises `LostError` at the end of the stream."""
        self._blocked_on_write = False
        try:
            data = self.sock.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except ssl.SSLWantWriteError:
            self._blocked_on_write = True
            return False
        except OSError as error:
            raise LostError("the connection broke", reason=word_for(error)) from error
        if not data:
            raise LostError("the other side hung up without a close frame", reason="eof")
        self.unread(data)
        return True

    def unread(self, data: bytes) -> None:
        """Put ``data`` behind what has not been given yet."""
        self._inbox, self._given = self._inbox[self._given :] + data, 0

    def plain_text(self) -> bytes | None:
        """Give the next frame's payload, if it is of the plainest sort. To be asked between two."""
        found = plain_text(self._inbox, self._given)
        if found is None:
            return None
        text = self._inbox[found]
        self._gave(found.stop)
        return text

    def take(self) -> bytes:
        """Give everything that was read."""
        data = self._inbox[self._given :]
        self._inbox, self._given = b"", 0
        return data

    def flush(self) -> None:
        """Write what is queued, as far as the kernel takes it."""
        outbox = self._outbox
        while outbox:
            piece = bytes(outbox[:_WRITE_BYTES])
            taken = self._write(piece)
            del outbox[:taken]
            if taken < len(piece):
                return
        self._outbox = None

    def mute(self) -> None:
        """Take no more: the last frame is queued. What comes after it is swallowed."""
        self._mute = True

    def hang_up(self) -> None:
        """Close, after telling a TLS peer that nothing follows."""
        if isinstance(self.sock, ssl.SSLSocket):
            with suppress(OSError, ValueError):
                self.sock.unwrap()
        self.sock.close()

    def _gave(self, up_to: int) -> None:
        if up_to == len(self._inbox):
            self._inbox, self._given = b"", 0
        else:
            self._given = up_to

    def _write(self, data: bytes) -> int:
        taken = 0
        rest = memoryview(data)
        while taken < len(data):
            try:
                taken += self.sock.send(rest[taken:])
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return taken
            except OSError:
                # The reader gets to the end after what has arrived, which may be a close frame
                # that says why.
                self._mute = True
                if self._outbox is not None:
                    self._outbox.clear()
                return len(data)
        return taken
