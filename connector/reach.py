"""Reaching a host: TCP to one of its addresses, then TLS, without a moment of waiting in the loop.

Each stage has its own deadline. The addresses are tried in turn, in the resolver's order.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from connector.closed import Closed, Kind
from connector.loop import READ, WRITE
from connector.stream import Stream, word_for
from conversation.errors import Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connector.deadline import Deadline
    from connector.limits import Limits
    from connector.loop import Loop
    from connector.resolver import Address, Answer, Resolver
    from connector.trust import Trust

_PORTS: Final = {"ws": 80, "wss": 443}
_UNSAFE: Final = re.compile(r"[^\x21-\x7e]")
_QUIET_S: Final = 60
"""A connection that has been silent for so long is asked by the kernel whether it still stands."""
_NO_ADDRESS: Final = Closed(Kind.DNS, "no_address")
_LATE_DNS: Final = Closed(Kind.TIMEOUT, "dns")
_LATE_CONNECT: Final = Closed(Kind.TIMEOUT, "connect")
_LATE_TLS: Final = Closed(Kind.TIMEOUT, "tls")
_UNDER_WAY: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to reach, and whether TLS is to be spoken."""

    host: str
    port: int
    secure: bool


@lru_cache(maxsize=64)  # one an agent, unless each dial has a URL of its own
def target_of(url: str) -> Target:
    """Read host, port and scheme. Raises `Permanent`, without quoting the URL."""
    try:
        usual_port = _PORTS[url.partition(":")[0]]
        parts = urlsplit(url)
        port = parts.port or usual_port
        host = parts.hostname or ""
        host.encode("idna")
    except (ValueError, KeyError) as error:
        # `from None`: the message of the cause may quote the URL with its signature.
        raise Permanent(f"the URL is none: {type(error).__name__}", reason="bad_url") from None
    if not host or _UNSAFE.search(url):
        raise Permanent("the URL names no host, or has blanks in it", reason="bad_url")
    return Target(host, port, parts.scheme == "wss")


def _tune(sock: socket.socket) -> None:
    """Send at once; and find out about a dead peer although it never pinged."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # not on every system
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _QUIET_S)


class Reach:
    """One way to a host. Calls ``done`` once with a registered stream, or with the failure.

    ``deadline`` is the owner's, who sets another or clears it when ``done`` or `cancel` is called.
    """

    __slots__ = (
        "_address",
        "_addresses",
        "_deadline",
        "_done",
        "_last",
        "_limits",
        "_loop",
        "_resolver",
        "_stream",
        "_target",
        "_trust",
    )

    def __init__(
        self,
        loop: Loop,
        target: Target,
        *,
        trust: Trust,
        limits: Limits,
        deadline: Deadline,
        done: Callable[[Stream | Closed], None],
    ) -> None:
        self._loop = loop
        self._target = target
        self._trust = trust
        self._limits = limits
        self._deadline = deadline
        self._done: Callable[[Stream | Closed], None] | None = done
        self._addresses: Iterator[Address] = iter(())
        self._address: Address | None = None
        self._resolver: Resolver | None = None
        self._last = _NO_ADDRESS
        self._stream: Stream | None = None

    def start(self, resolver: Resolver) -> None:
        """Set out. ``done`` is never called inside this call."""
        self._deadline.set(self._limits.dns_timeout_s, self._end, _LATE_DNS)
        self._resolver = resolver
        resolver.resolve(self._target.host, self._target.port, self._resolved)

    def cancel(self) -> None:
        """Give up and report nothing."""
        self._done = None
        self._drop()

    def _resolved(self, answer: Answer) -> None:
        if self._done is None:
            return
        if isinstance(answer, Transient):
            self._end(Closed(Kind.DNS, answer.reason))
            return
        self._addresses = iter(answer)
        self._connect_next()

    def _connect_next(self) -> None:
        self._drop()
        for address in self._addresses:
            self._avoid_the_last()
            self._address = address
            if self._connect(address):
                return
        self._end(self._last)

    def _avoid_the_last(self) -> None:
        # Only where there is another: of a lone address nothing is learnt.
        if self._address is not None and self._resolver is not None:
            self._resolver.avoid(self._target.host, self._target.port, self._address)

    def _connect(self, address: Address) -> bool:
        try:
            sock = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:
            self._last = Closed(Kind.CONNECT, word_for(error))
            return False
        sock.settimeout(0)
        _tune(sock)
        code = sock.connect_ex(address.sockaddr)
        if code not in _UNDER_WAY:
            sock.close()
            self._last = Closed(Kind.CONNECT, word_for(OSError(code, "connect")))
            return False
        self._stream = stream = Stream(sock)
        on_ready = partial(self._on_connected, stream)
        stream.watch = self._loop.register(sock.fileno(), WRITE, on_ready)  # TLS does not change it
        self._deadline.set(self._limits.connect_timeout_s, self._connect_timed_out)
        return True

    def _connect_timed_out(self) -> None:
        self._last = _LATE_CONNECT
        self._connect_next()

    def _on_connected(self, stream: Stream, _ready: int) -> None:
        code = stream.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._last = Closed(Kind.CONNECT, word_for(OSError(code, "connect")))
            self._connect_next()
        elif self._target.secure:
            self._secure(stream)
        else:
            self._end(stream)

    def _secure(self, stream: Stream) -> None:
        try:
            tls = self._trust.wrap(stream.sock, self._target.host, self._target.port)
        except OSError as error:  # the other side hung up in between
            self._end(Closed(Kind.TLS, word_for(error)))
            return
        stream.sock = tls
        self._deadline.set(self._limits.tls_timeout_s, self._end, _LATE_TLS)
        self._shake_hands(stream, tls, 0)

    def _shake_hands(self, stream: Stream, tls: ssl.SSLSocket, _ready: int) -> None:
        again = partial(self._shake_hands, stream, tls)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            self._loop.modify(stream.watch, READ, again)
        except ssl.SSLWantWriteError:
            self._loop.modify(stream.watch, WRITE, again)
        except OSError as error:
            self._trust.forget(self._target.host, self._target.port)
            self._end(Closed(Kind.TLS, word_for(error)))
        else:
            self._end(stream)

    def _end(self, result: Stream | Closed) -> None:
        if isinstance(result, Stream):
            self._stream = None
        else:
            self._drop()
        done, self._done = self._done, None
        if done is not None:
            done(result)

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self._loop.unregister(stream.watch)
            stream.close()
