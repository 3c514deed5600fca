"""Our loop, dialer and channels alone, doing no more than a peer does: what the hub adds shows."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from connector.dialer import Dialer
from connector.loop import Loop
from connector.resolver import Resolver
from connector.trust import Trust
from tests.bench.holder.looped import Looped
from tests.bench.holder.member import Member, Tally
from tests.bench.holder.office import ForgetfulTrust
from tests.bench.holder.talking import Order, order

if TYPE_CHECKING:
    from connector.channel import Connection
    from connector.closed import Closed
    from tests.bench.holder.looped import Steps

_PATIENCE_S = 15.0
_OPENING_S = 180.0


class Socket:
    """A ``listener.Listener``."""

    __slots__ = ("client", "connection", "member")

    def __init__(self, client: Client, member: Member) -> None:
        self.client = client
        self.member = member
        self.connection: Connection | None = None

    def opened(self) -> None:
        self.member.say = self.connection.send
        self.connection.send(self.member.initiation())

    def text(self, text: str) -> None:
        if reply := self.member.heard(text):
            self.connection.send(reply)

    def closed(self, closed: Closed) -> None:
        self.member.gone()
        self.client.tally.errors += 1


class Client(Looped):
    """Obeys the runner."""

    def __init__(self, given: Order) -> None:
        super().__init__(Loop(on_error=self._failed))
        self.order = given
        self.tally = Tally()
        self.ready = 0
        self.members: list[Member] = []
        self.next = 0
        self.skipped = 0
        trust = (Trust if given.resume else ForgetfulTrust)(cafile=given.ca)
        self._dialer = Dialer(self.loop, trust=trust, resolver=Resolver(self.loop))

    def open(self, count: int) -> Steps:
        """Open so many, each as far as its metadata."""
        late = self.later(_OPENING_S)
        while self.ready < count and not late():
            while (
                len(self.members) < count and len(self.members) - self.ready < self.order.parallel
            ):
                self._dial(len(self.members))
            yield lambda: True
        self.wire.say("open", open=self.ready, errors=self.tally.errors)

    def turns(self, count: int, rate: float) -> Steps:
        """So many messages at this rate, in turn over all sockets."""
        self.tally.clear()
        self.skipped = 0
        yield from self.paced(count, rate, self._ask)
        wanted, late = count - self.skipped, self.later(_PATIENCE_S)
        yield lambda: len(self.tally.seconds) >= wanted or late()
        self.tally.errors += max(0, wanted - len(self.tally.seconds))
        self.wire.say(
            "turns", **self.tally.summary(), skipped=self.skipped, errors=self.tally.errors
        )

    def _dial(self, index: int) -> None:
        member = Member(index, self.tally)
        member.on_ready = self._one_ready
        socket = Socket(self, member)
        self.members.append(member)
        socket.connection = self._dialer.dial(self.order.url(index), listener=socket)

    def _one_ready(self) -> None:
        self.ready += 1

    def _ask(self) -> None:
        member, self.next = self.members[self.next % len(self.members)], self.next + 1
        if member.say is None or member.asked_at:
            self.skipped += 1
        else:
            member.say(member.question())

    def _failed(self, _: Exception) -> None:
        self.tally.errors += 1


if __name__ == "__main__":
    Client(order()).run(f"connector.dialer on websocket-client {version('websocket-client')}")
