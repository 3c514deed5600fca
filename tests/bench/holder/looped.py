"""A client that lives in the connector's own loop: commands are generators, resumed every tick."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from connector.loop import READ
from tests.bench.holder.talking import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connector.loop import Loop

    Steps = Iterator[Callable[[], bool]]

TICK_S = 0.01


class Looped:
    """Each public method is a command; it yields until what it waits for is so."""

    def __init__(self, loop: Loop) -> None:
        self.wire = Wire()
        self.loop = loop
        self._input = b""

    def run(self, version: str) -> None:
        """Until told to quit."""
        self.loop.register(0, READ, self._obey)
        self.wire.say("ready", version=version)
        self.loop.run()
        os._exit(0)  # nothing of ten thousand goodbyes is measured

    def later(self, seconds: float) -> Callable[[], bool]:
        """Whether so much time has passed."""
        late = self.loop.now() + seconds
        return lambda: self.loop.now() >= late

    def paced(self, count: int, rate: float, act: Callable[[], Any]) -> Steps:
        """Act so often, at this rate."""
        began, done = self.loop.now(), 0
        while done < count:
            due = min(count, int((self.loop.now() - began) * rate))
            for _ in range(due - done):
                act()
            done = due
            yield lambda: True

    def _obey(self, _: int) -> None:
        data = os.read(0, 65536)
        if not data:
            self.loop.stop()
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            name = command.pop("do")
            if name == "quit":
                self.loop.stop()
            else:
                self._go_on(getattr(self, name)(**command), lambda: True)

    def _go_on(self, work: Steps, done: Callable[[], bool]) -> None:
        if done():
            try:
                done = next(work)
            except StopIteration:
                return
        self.loop.call_later(TICK_S, lambda: self._go_on(work, done))
