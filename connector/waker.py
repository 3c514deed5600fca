"""What lets another thread end the loop's waiting."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Protocol


class Waker(Protocol):
    """What lets another thread end the loop's waiting."""

    def fileno(self) -> int:
        """Give the descriptor that becomes readable."""

    def wake(self) -> None:
        """Make it readable. Called from any thread, and after `close` too."""

    def drain(self) -> None:
        """Make it unreadable again."""

    def close(self) -> None:
        """Free it."""


class SocketWaker:
    """A pair of connected sockets: a byte written to one makes the other readable."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.settimeout(0)
        self._far.settimeout(0)

    def fileno(self) -> int:
        """Give the descriptor of the readable end."""
        return self._near.fileno()

    def wake(self) -> None:
        """Write one byte. A full pair wakes as well; a closed one has nobody to wake."""
        with suppress(OSError):
            self._far.send(b"\0")

    def drain(self) -> None:
        """Read the bytes away."""
        with suppress(BlockingIOError):
            self._near.recv(4096)

    def close(self) -> None:
        """Close both ends."""
        self._near.close()
        self._far.close()
