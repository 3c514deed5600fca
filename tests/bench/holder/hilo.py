"""Our connector as the runner's client: it opens, talks and reconnects as in production.

Sockets are opened by openers (a call has just ended), talked on by doorbells of what people write,
and opened again because people write after the far end has dropped them all.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tests.bench.holder.ledger import Ledger, contact_of, key
from tests.bench.holder.looped import Looped
from tests.bench.holder.member import quantiles
from tests.bench.holder.office import Office
from tests.bench.holder.talking import Order, order

if TYPE_CHECKING:
    from tests.bench.holder.looped import Steps

MOST = 20_000
_PATIENCE_S = 20.0
_OPENING_S = 180.0
_RINGS_A_TICK = 100
_STUCK_S = 3.0


class Client(Looped):
    """Obeys the runner, inside the connector's own loop."""

    def __init__(self, given: Order, **values: str) -> None:
        self.order = given
        self.answered = 0
        self.ledger = Ledger(MOST, self._count)
        self.office = Office(given, self.ledger, **values)
        super().__init__(self.office.loop)
        self.count = 0
        self.next = 0
        self.before = 0
        self.skipped = 0
        self.unanswered = 0

    def open(self, count: int) -> Steps:
        """An opener for each: its session is opened ahead."""
        rung, late, measures = self.count, self.later(_OPENING_S), self.office.measures
        seen, stuck = 0, self.later(_STUCK_S)
        while measures.opens < count and not late():
            while rung < count and self._has_room(rung):
                self.office.hub.rung(contact_of(rung), key(0))
                rung += 1
            if measures.opens > seen:
                seen, stuck = measures.opens, self.later(_STUCK_S)
            elif stuck():
                self._write_to_the_refused(rung)
                stuck = self.later(_STUCK_S)
            yield lambda: True
        self.count = count
        self._reply("open", open=self._open(), errors=self._errors())

    def turns(self, count: int, rate: float) -> Steps:
        """So many messages at this rate, in turn over all contacts."""
        self.office.dialect.seconds = []
        before, self.skipped = self.answered, 0
        yield from self.paced(count, rate, self._write)
        wanted, late = before + count - self.skipped, self.later(_PATIENCE_S)
        yield lambda: self.answered >= wanted or late()
        self.unanswered += max(0, wanted - self.answered)
        self._reply(
            "turns",
            answered=self.answered - before,
            skipped=self.skipped,
            **quantiles(self.office.dialect.seconds),
            errors=self._errors(),
        )

    def brace(self) -> Steps:
        """What is lost from now on is no error."""
        self.before = self.answered
        yield lambda: True
        self._reply("brace")

    def reconnect(self, within_s: float) -> Steps:
        """Everybody writes, at once; until all are answered."""
        late = self.later(within_s)
        for index in range(self.count):
            self._write_to(index)
            if index % _RINGS_A_TICK == _RINGS_A_TICK - 1:
                yield lambda: True
        yield lambda: self.answered - self.before >= self.count or late()
        self.unanswered += self.before + self.count - self.answered
        self._reply("reconnect", open=self._open(), errors=self._errors())

    def _write_to_the_refused(self, rung: int) -> None:
        """An opener's session is refused where it is crowded: these open when the person writes."""
        serving = {line.contact_id for line in self.office.hub.lines if line.session_id is not None}
        for index in range(rung):
            if contact_of(index) not in serving:
                self._write_to(index)

    def _write(self) -> None:
        index, self.next = self.next % self.count, self.next + 1
        self.skipped += not self._write_to(index)

    def _write_to(self, index: int) -> bool:
        written = self.ledger.write(index)
        if written is not None:
            self.office.hub.rung(contact_of(index), written)
        return written is not None

    def _has_room(self, rung: int) -> bool:
        """Whether another may be opened: a handshake ends with its metadata, as the others count.

        The door counts it until the session is ready, and refuses whom it has no room for.
        """
        settled = rung - self.office.measures.opens < self.office.room.handshakes
        return settled and rung - self.office.dialect.met < self.order.parallel

    def _count(self) -> None:
        self.answered += 1

    def _open(self) -> int:
        return sum(line.session_id is not None for line in self.office.hub.lines)

    def _errors(self) -> int:
        measures, failures = self.office.measures, len(self.office.failures)
        return measures.defects + measures.fenced + failures + self.unanswered

    def _reply(self, event: str, **known: Any) -> None:
        drops = dict(self.office.measures.drops)
        self.wire.say(event, **known, drops=drops, failures=self.office.failures[:5])


def begin(given: Order, **values: str) -> None:
    """The whole process."""
    client = Client(given, **values)
    client.office.start()
    client.run(f"hilo on websocket-client {version('websocket-client')}")


if __name__ == "__main__":
    begin(order())
