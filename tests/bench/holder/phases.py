"""The phases of a measurement, in each of which every client of a group has its turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bench.holder.process import Process, StalledError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.bench.holder.rivals import Rival
    from tests.bench.holder.talking import Order

RATE = 500.0
"""Messages a second, over all sockets of a client."""
_FIRST_RATE = 1000.0
_OPEN_S = 240.0
_IDLE_S = 21.0
"""A ping comes every 20 s: each socket has had one then."""
_SLACK_S = 60.0


@dataclass
class Run:
    """One client's life: the process, and what was found."""

    rival: Rival
    sockets: int
    process: Process
    empty: Usage
    version: str
    found: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None

    @property
    def alive(self) -> bool:
        return self.fault is None


@dataclass(frozen=True)
class Bench:
    """The far end, how long the talking lasts, and how long coming back may take."""

    server: Process
    order: Callable[[Rival], Order]
    talk_s: float
    back_s: float
    say: Callable[[str], None]

    def measure(self, group: Iterable[tuple[Rival, int]]) -> list[Run]:
        """All phases, for clients that live at the same time."""
        runs = [self._started(rival, sockets) for rival, sockets in group]
        try:
            for run in runs:
                self._guarded(run, self._open)
            for run in runs:
                self._guarded(run, self._first_turns)
            self._idle([run for run in runs if run.alive])
            for phase in (self._talk, self._reconnect):
                for run in runs:
                    if run.rival.reconnects:
                        self._guarded(run, phase)
        finally:
            for run in runs:
                run.process.end()
        return runs

    def _started(self, rival: Rival, sockets: int) -> Run:
        process = rival.start(self.order(rival))
        return Run(rival, sockets, process, process.usage(), process.first["version"])

    def _guarded(self, run: Run, phase: Callable[[Run], None]) -> None:
        if not run.alive:
            return
        began = time.monotonic()
        self.server.ask(_SLACK_S, do="report")
        before = self.server.usage().cpu_s
        try:
            phase(run)
        except StalledError as error:
            run.fault = f"{phase.__name__.strip('_')}: {error}"
        took = time.monotonic() - began
        busy = (self.server.usage().cpu_s - before) / took * 100
        report = self.server.ask(_SLACK_S, do="report")
        run.found.setdefault("server", {})[phase.__name__.strip("_")] = {
            "cpu_pct": round(busy), **report,
        }  # fmt: skip
        self.say(
            f"  {run.rival.name:20} {phase.__name__.strip('_'):12} {took:5.1f} s, "
            f"server {busy:3.0f} % of a core{f', {run.fault}' if run.fault else ''}"
        )

    def _open(self, run: Run) -> None:
        before = run.process.usage().cpu_s
        began = time.monotonic()
        opened = run.process.ask(_OPEN_S, do="open", count=run.sockets)
        run.found |= {
            "sockets": opened["open"],
            "open_s": round(time.monotonic() - began, 1),
            "connect_cpu_ms": _ms(run.process.usage().cpu_s - before, opened["open"]),
            "errors": opened["errors"],
        }

    def _first_turns(self, run: Run) -> None:
        within_s = run.sockets / _FIRST_RATE + _SLACK_S
        self._turn(run, within_s, do="turns", count=run.sockets, rate=_FIRST_RATE)

    def _idle(self, runs: list[Run]) -> None:
        """Nothing but pings, for all clients at once: CPU is counted by process."""
        self.server.ask(_SLACK_S, do="report")
        time.sleep(1.0)
        before = {run.rival.name: run.process.usage() for run in runs}
        time.sleep(_IDLE_S - 1.0)
        for run in runs:
            after = run.process.usage()
            used = after.cpu_s - before[run.rival.name].cpu_s
            run.found |= {
                "idle_cpu_pct": round(used / (_IDLE_S - 1.0) * 100, 1),
                "kb_per_socket": round((after.rss_kb - run.empty.rss_kb) / run.found["sockets"], 1),
                "process_mb": round(after.rss_kb / 1024),
                "empty_mb": round(run.empty.rss_kb / 1024),
                "threads": after.threads,
                "rss_kb": after.rss_kb,
            }
            kb, idle, connect = map(
                run.found.get, ("kb_per_socket", "idle_cpu_pct", "connect_cpu_ms")
            )
            self.say(
                f"  {run.rival.name:20} {kb} KB a socket, idle {idle} % of a core, "
                f"{connect} ms of CPU a connect"
            )
        report = self.server.ask(_SLACK_S, do="report")
        self.say(f"  everybody            idle         {_IDLE_S:5.1f} s, {report['pongs']} pongs")

    def _talk(self, run: Run) -> None:
        count = int(RATE * self.talk_s)
        before = run.process.usage().cpu_s
        answer = self._turn(run, self.talk_s + _SLACK_S, do="turns", count=count, rate=RATE)
        run.found |= {
            "p50_ms": answer["p50_ms"],
            "p99_ms": answer["p99_ms"],
            "skipped": answer["skipped"],
            "message_cpu_ms": _ms(run.process.usage().cpu_s - before, answer["answered"]),
        }

    def _turn(self, run: Run, within_s: float, **command: Any) -> dict[str, Any]:
        answer = run.process.ask(within_s, **command)
        run.found["errors"] = answer["errors"]
        return answer

    def _reconnect(self, run: Run) -> None:
        run.process.ask(_SLACK_S, do="brace")
        began, before = time.monotonic(), run.process.usage().cpu_s
        self.server.ask(_SLACK_S, do="drop", client=run.rival.name)
        answer = run.process.ask(self.back_s + _SLACK_S, do="reconnect", within_s=self.back_s)
        usage = run.process.usage()
        run.found |= {
            "reconnect_s": round(time.monotonic() - began, 1),
            "reconnect_cpu_ms": _ms(usage.cpu_s - before, run.sockets),
            "after_reconnect_mb": round(usage.rss_kb / 1024),
            "growth_pct": round((usage.rss_kb / run.found["rss_kb"] - 1) * 100, 1),
            "errors": answer["errors"] + run.sockets - answer["open"],
            "drops": answer.get("drops"),
        }


def _ms(seconds: float, count: int) -> float | None:
    return round(seconds * 1000 / count, 3) if count else None
