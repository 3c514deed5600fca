"""TLS: one context for the whole process, and one resumable session for each host.

A context of its own would cost each connection 39 ms of CPU and 650 KB (it loads the CA bundle);
a full handshake where a session could be resumed costs about 1 ms of CPU and 8 KB.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Final

import certifi

if TYPE_CHECKING:
    import socket

_FRESH_FOR_S: Final = 60.0
"""A session is then replaced by a later one: servers change the keys of their tickets."""


class _Socket(ssl.SSLSocket):
    """With a place for each attribute: CPython gives it a dict with room for thirty, 336 bytes.

    The names are the standard library's own; where it has others, they go into a dict as ever.
    """

    __slots__ = (
        "_connected",
        "_context",
        "_session",
        "_sslobj",
        "do_handshake_on_connect",
        "server_hostname",
        "server_side",
        "suppress_ragged_eofs",
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    session: ssl.SSLSession
    since: float


class Trust:
    """Verifies servers against ``cafile``, by default certifi's bundle. Shared by all dials."""

    def __init__(self, *, cafile: str | None = None) -> None:
        self._context = ssl.create_default_context(cafile=cafile or certifi.where())
        self._context.sslsocket_class = _Socket
        self._kept: dict[tuple[str, int], _Kept] = {}

    def wrap(self, sock: socket.socket, host: str, port: int) -> ssl.SSLSocket:
        """Take over a connected non-blocking socket; no byte is sent before `do_handshake`."""
        kept = self._kept.get((host, port))
        wrapped = self._context.wrap_socket(
            sock,
            server_hostname=host.encode(),  # as bytes: `target_of` has seen to it that it is ASCII
            do_handshake_on_connect=False,
            session=kept.session if kept else None,
        )
        wrapped.server_hostname = intern(wrapped.server_hostname or "")  # one string for all
        return wrapped

    def keep(self, sock: ssl.SSLSocket, host: str, port: int, now: float) -> None:
        """Remember the session for the next dial.

        To be called after the first read: with TLS 1.3 the tickets come after the handshake.
        """
        kept = self._kept.get((host, port))
        if kept is not None and now - kept.since < _FRESH_FOR_S:
            return
        session = sock.session
        if session is not None and session.has_ticket:
            self._kept[host, port] = _Kept(session, now)

    def forget(self, host: str, port: int) -> None:
        """Shake hands in full next time: the last handshake failed, perhaps for this session."""
        self._kept.pop((host, port), None)
