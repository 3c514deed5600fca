"""Many sockets of a blocking library, a thread each."""

from __future__ import annotations

import os
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.bench.holder.member import TRIES, Member, Tally
from tests.bench.holder.talking import Wire, order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connect = Callable[[str, ssl.SSLContext], Any]
    Texts = Callable[[Any], Iterator[str]]

_TICK_S = 0.01
_PATIENCE_S = 15.0
_PAUSE_S = 0.5
_OPENING_S = 60.0


class Threads:
    """``connect`` opens a socket, ``texts`` reads it to its end; it has ``send``."""

    def __init__(self, connect: Connect, texts: Texts) -> None:
        self.order = order()
        self.context = ssl.create_default_context(cafile=self.order.ca)
        self.members: list[Member] = []
        self.tally = Tally()
        self._connect = connect
        self._texts = texts
        self._gate = threading.Semaphore(self.order.parallel)
        self._again = False

    def open(self, count: int) -> dict[str, Any]:
        """Open so many, each as far as its metadata."""
        self.members = [Member(index, self.tally) for index in range(count)]
        for member in self.members:
            threading.Thread(target=self._live, args=(member,), daemon=True).start()
        until(lambda: self._open() >= count, _OPENING_S)
        return {"open": self._open(), "errors": self.tally.errors}

    def turns(self, count: int, rate: float) -> dict[str, Any]:
        """So many messages at this rate, in turn over all sockets."""
        self.tally.clear()
        began, asked, late = time.perf_counter(), 0, 0
        while asked < count:
            due = min(count, int((time.perf_counter() - began) * rate))
            while asked < due:
                late += not self._ask(self.members[asked % len(self.members)])
                asked += 1
            time.sleep(_TICK_S)
        until(lambda: len(self.tally.seconds) + late >= count, _PATIENCE_S)
        self.tally.errors += max(0, count - late - len(self.tally.seconds))
        return {**self.tally.summary(), "skipped": late, "errors": self.tally.errors}

    def brace(self) -> dict[str, Any]:
        """From now on who is lost comes back."""
        self._again = True
        self.tally.clear()
        return {}

    def reconnect(self, within_s: float) -> dict[str, Any]:
        """Until all are open again, and one message of each is answered."""
        wanted = len(self.members)
        until(lambda: len(self.tally.seconds) >= wanted, within_s)
        self._again = False
        return {"open": self._open(), "errors": self.tally.errors}

    def run(self, version: str) -> None:
        """Obey until told to quit."""
        wire = Wire()
        wire.say("ready", version=version)
        while (command := wire.command())["do"] != "quit":
            name = command.pop("do")
            wire.say(name, **getattr(self, name)(**command))
        os._exit(0)  # nothing of the goodbyes is measured

    def _open(self) -> int:
        return sum(member.ready for member in self.members)

    @staticmethod
    def _ask(member: Member) -> bool:
        if member.say is None or member.asked_at:
            return False
        member.say(member.question())
        return True

    def _live(self, member: Member) -> None:
        again = False
        for _ in range(TRIES):
            try:
                self._hold(member, ask=again)
            except Exception:  # noqa: BLE001 - whatever a library raises is one failed try
                self.tally.errors += not self._again
            else:
                self.tally.errors += not self._again
            member.gone()
            again = True
            time.sleep(_PAUSE_S)

    def _hold(self, member: Member, *, ask: bool) -> None:
        with self._gate:
            ws = self._connect(self.order.url(member.index), self.context)
            ws.send(member.initiation())
            texts = self._texts(ws)
            while not member.ready:
                if reply := member.heard(next(texts)):
                    ws.send(reply)
        member.say = ws.send
        if ask:
            member.say(member.question())
        for text in texts:
            if reply := member.heard(text):
                ws.send(reply)


def until(done: Callable[[], bool], within_s: float) -> None:
    """Wait for it, but no longer."""
    late = time.perf_counter() + within_s
    while not done() and time.perf_counter() < late:
        time.sleep(_TICK_S)
