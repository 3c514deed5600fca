"""Dialing: from a URL to an open WebSocket, all of it in the loop.

`Reach` brings TCP and TLS, `Upgrades` what is said on them; it waits for no byte.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from connector.answer import Answer
from connector.channel import Connection
from connector.closed import Closed, Kind
from connector.deadline import Deadline
from connector.limits import Limits
from connector.reach import Reach, Target, target_of
from connector.readers import Readers
from connector.stream import LostError, Stream
from connector.upgrade import Upgrade, Upgrades

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.listener import Listener
    from connector.loop import Loop
    from connector.resolver import Resolver
    from connector.trust import Trust


_LATE: Final = Closed(Kind.TIMEOUT, "upgrade")


class Dialer:
    """Dials. One for a process: all dials share its trust, its resolver and its limits."""

    def __init__(
        self, loop: Loop, *, trust: Trust, resolver: Resolver, limits: Limits | None = None
    ) -> None:
        self.loop = loop
        self.trust = trust
        self.limits = limits or Limits()
        self._resolver = resolver
        self._upgrades = Upgrades()
        self._readers = Readers()

    def dial(
        self, url: str, headers: Mapping[str, str] | None = None, *, listener: Listener
    ) -> Connection:
        """Begin to open ``url`` (``ws`` or ``wss``) and return at once.

        ``listener`` learns how it goes, and never inside this call. ``url`` and ``headers`` may
        hold secrets: they are in no error and no value that comes back. Raises `Permanent` for a
        URL or a header that cannot be sent as it is.
        """
        target = target_of(url)
        upgrade = self._upgrades.new(url, headers or {})
        connection = Connection(
            self.loop, listener=listener, limits=self.limits, readers=self._readers
        )
        _Dial(self, connection, upgrade, target).start(self._resolver)
        return connection


class _Dial:
    """One dial under way: holds the connection's place until it is open or has failed."""

    __slots__ = (
        "_answer",
        "_connection",
        "_deadline",
        "_dialer",
        "_reach",
        "_refusing",
        "_stream",
        "_target",
        "_upgrade",
    )

    def __init__(
        self, dialer: Dialer, connection: Connection, upgrade: Upgrade, target: Target
    ) -> None:
        self._dialer = dialer
        self._connection = connection
        self._upgrade = upgrade
        self._target = target
        self._answer = Answer()
        self._refusing = False
        self._stream: Stream | None = None
        self._deadline = Deadline(dialer.loop)
        self._reach = Reach(
            dialer.loop,
            target,
            trust=dialer.trust,
            limits=dialer.limits,
            deadline=self._deadline,
            done=self._reached,
        )

    def start(self, resolver: Resolver) -> None:
        self._connection.dialing(self)
        self._reach.start(resolver)

    def cancel(self) -> None:
        self._reach.cancel()
        self._deadline.clear()
        stream, self._stream = self._stream, None
        if stream is not None:
            self._dialer.loop.unregister(stream.watch)
            stream.close()

    def _reached(self, result: Stream | Closed) -> None:
        if isinstance(result, Closed):
            self._fail(result)
            return
        self._stream = result
        result.send(self._upgrade.request)
        self._deadline.set(self._dialer.limits.upgrade_timeout_s, self._fail, _LATE)
        self._dialer.loop.modify(result.watch, result.interest, self._on_ready)

    def _on_ready(self, _ready: int) -> None:
        stream = self._stream
        if stream is None:
            return
        stream.flush()
        try:
            while stream.fill():
                self._answer.add(stream.take())
                if not self._answer.needs_more:
                    self._conclude()
                    return
        except LostError as lost:
            self._hung_up(lost)
        else:
            self._wait(stream)

    def _wait(self, stream: Stream) -> None:
        if self._answer.head and not self._refusing:
            self._refusing = True
            self._deadline.set(self._dialer.limits.refusal_timeout_s, self._conclude)
        self._dialer.loop.modify(stream.watch, stream.interest, self._on_ready)

    def _hung_up(self, lost: LostError) -> None:
        if self._answer.head:
            self._conclude()
        else:
            self._fail(Closed(Kind.UPGRADE, lost.reason))

    def _conclude(self) -> None:
        head, body = self._answer.head, self._answer.body
        closed = self._upgrade.judge(head, body) if head else Closed(Kind.UPGRADE, "head_too_big")
        stream = self._stream
        if closed is not None:
            self._fail(closed)
        elif stream is not None:
            self._deadline.clear()
            self._stream = None
            self._keep_session(stream)
            stream.unread(body)
            self._connection.adopt(stream)

    def _keep_session(self, stream: Stream) -> None:
        if isinstance(stream.sock, ssl.SSLSocket):
            now = self._dialer.loop.now()
            self._dialer.trust.keep(stream.sock, self._target.host, self._target.port, now)

    def _fail(self, closed: Closed) -> None:
        self.cancel()
        self._connection.fail(closed)
