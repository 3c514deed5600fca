"""Names to addresses, off the loop: `getaddrinfo` blocks, and may block for long.

One lookup a host at a time, whoever asks; its answer is kept for a while. When a later lookup
fails the last good answer is used on: a resolver that stumbles must not take ten thousand
conversations with it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conversation.errors import Transient

if TYPE_CHECKING:
    from connector.loop import Loop

_NO_SUCH_HOST: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a host can be reached: an address family and its socket address."""

    family: int
    sockaddr: tuple[Any, ...]


Answer = tuple[Address, ...] | Transient
"""Addresses in the order of preference, at least one; or why there are none."""

GetAddrInfo = Callable[..., Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: tuple[Address, ...]
    until: float


class Resolver:
    """Looks hosts up on short-lived threads and answers on the loop.

    ``ttl_s`` is how long an answer is good; `getaddrinfo` does not tell the name server's own.
    """

    def __init__(
        self, loop: Loop, *, ttl_s: float = 60.0, getaddrinfo: GetAddrInfo = socket.getaddrinfo
    ) -> None:
        self._loop = loop
        self._ttl_s = ttl_s
        self._getaddrinfo = getaddrinfo
        self._known: dict[tuple[str, int], _Known] = {}
        self._waiting: dict[tuple[str, int], list[Callable[[Answer], None]]] = {}

    def resolve(self, host: str, port: int, done: Callable[[Answer], None]) -> None:
        """Call ``done`` once, on the loop and never inside this call. Waits for no deadline."""
        known = self._known.get((host, port))
        if known is not None and self._loop.now() < known.until:
            self._loop.call_soon(done, known.addresses)
            return
        waiting = self._waiting.setdefault((host, port), [])
        waiting.append(done)
        if len(waiting) == 1:
            self._look_up(host, port)

    def avoid(self, host: str, port: int, address: Address) -> None:
        """Give ``address`` last until the next lookup: it did not answer.

        Or each of ten thousand dials would wait for it anew.
        """
        known = self._known.get((host, port))
        if known is not None and address in known.addresses:
            others = tuple(other for other in known.addresses if other != address)
            self._known[host, port] = _Known((*others, address), known.until)

    def _look_up(self, host: str, port: int) -> None:
        def work() -> None:
            answer = look_up(host, port, self._getaddrinfo)
            self._loop.call_soon_threadsafe(lambda: self._found(host, port, answer))

        # A daemon, so that a name server that hangs does not hold up the end of the process.
        try:
            threading.Thread(target=work, name="resolver", daemon=True).start()
        except RuntimeError as error:  # none can be started now: the next who asks tries again
            failure = Transient("no thread can be started now", reason="lookup_failed")
            failure.__cause__ = error
            self._loop.call_soon(self._found, host, port, failure)

    def _found(self, host: str, port: int, answer: Answer) -> None:
        key = host, port
        if not isinstance(answer, Transient):
            self._known[key] = _Known(answer, self._loop.now() + self._ttl_s)
        elif key in self._known:
            answer = self._known[key].addresses
        for done in self._waiting.pop(key):
            self._loop.attempt(done, answer)


def look_up(host: str, port: int, getaddrinfo: GetAddrInfo = socket.getaddrinfo) -> Answer:
    """Ask the system. Blocks. A failure is returned, with ``no_such_host`` or ``lookup_failed``."""
    try:
        found = getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        code = error.errno if isinstance(error, OSError) else socket.EAI_NONAME
        reason = "no_such_host" if code in _NO_SUCH_HOST else "lookup_failed"
        failure = Transient("the host's name has no address now", reason=reason)
        failure.__cause__ = error
        return failure
    return tuple(Address(family, sockaddr) for family, _, _, _, sockaddr in found)
