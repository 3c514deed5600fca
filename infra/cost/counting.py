"""Counting what one conversation takes: the whole system runs here, and each call is counted.

An idle minute first, for what goes on by itself; then the flow: a call and its opener, two
questions and their answers. What would have gone on anyway is taken off.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conversation.errors import Permanent
from infra.cost.gateway import INVOKED
from infra.cost.proxy import CountingProxy
from infra.cost.usage import Counts, Usage
from infra.local import children
from infra.local.flow.plan import Wishes, plan
from infra.local.flow.run import run
from infra.local.flow.steps import STEPS
from infra.local.flow.wiring import Running, world
from infra.local.gateway.functions import FUNCTIONS, Http
from infra.local.stack import LocalStack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.children import Site
    from infra.local.flow.run import Outcome
    from infra.local.flow.steps import World
    from infra.local.processes import ChildSpec

TICK_S: Final = 10
IDLE_S: Final = 60.0
SETTLE_S: Final = 4.0
OPENING: Final = 3
"""So many steps of the flow are the call, and its opener."""

EXCHANGES: Final = 2

SLOWDOWN: Final = 3.5
"""A function of 512 MB has 2/7 of a core; here it had a whole one."""

PLATFORM_LOG_BYTES: Final = 400
"""What Lambda itself writes of an invocation (START, END, REPORT)."""

ACCESS_LOG_BYTES: Final = 300
"""What API Gateway writes of a request."""

LOG_EVENT_BYTES: Final = 26
"""What CloudWatch adds to each line."""

AWS: Final = "AWS_ENDPOINT_URL"
_HTTP: Final = frozenset(n for n, f in FUNCTIONS.items() if isinstance(f.trigger, Http))


def count(report: Callable[[str], None], *, idle_s: float = IDLE_S) -> Counts:
    """Run everything once. Raises ``Permanent`` where the flow does not come out."""
    chosen = plan({}, Wishes(), random.SystemRandom())
    values = {
        **chosen.values,
        "MONITOR_EVERY_S": str(TICK_S),
        "SWEEP_EVERY_S": str(TICK_S),
        "NOTIFY_EVERY_S": str(TICK_S),
        "INBOX_WAIT_S": "20",
    }
    with tempfile.TemporaryDirectory(prefix="hilo-cost-") as folder, ExitStack() as exits:
        proxies = _Proxies(exits)
        options = StackOptions(
            data=Path(folder), hilo=(proxies.gateway, proxies.connectors), handle_signals=True
        )
        stack = exits.enter_context(LocalStack(values, options, report=report))
        meter = _Meter(proxies, stack.data.logs)
        running = Running(
            environment=stack.environment, gateway=stack.urls["gateway"], logs=stack.data.logs,
            pause=stack.pause,
        )  # fmt: skip
        with world(chosen, running, report) as everything:
            return _counted(meter, everything, stack.pause, report, idle_s)


def _counted(
    meter: _Meter,
    everything: World,
    pause: Callable[[float], None],
    report: Callable[[str], None],
    idle_s: float,
) -> Counts:
    pause(SETTLE_S)
    report(f"  an idle time of {idle_s:g} s …")
    before = meter.read()
    pause(idle_s)
    begun = meter.read()
    base = _Base.of(begun.since(before))
    report("  the flow …")
    opened, talked = _played(meter, everything, pause)
    return Counts(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        conversation=base.taken_off(opened.since(begun)),
        exchange=base.taken_off(talked.since(opened)).times(1 / EXCHANGES),
        connector_second=base.connector_second,
        tick=base.tick,
    )


def _played(
    meter: _Meter, everything: World, pause: Callable[[float], None]
) -> tuple[_Reading, _Reading]:
    """The whole flow: what the meter says after the opener, and at the end."""
    readings: list[_Reading] = []

    def look(outcome: Outcome) -> None:
        if outcome.failure is not None:
            raise Permanent(f"the flow failed: {outcome.failure.seen}", reason="flow_failed")
        if outcome.step in {STEPS[OPENING - 1], STEPS[-1]}:
            pause(SETTLE_S)
            readings.append(meter.read())

    run(everything, look)
    opened, talked = readings
    return opened, talked


class _Proxies:
    """The gateway and the connectors of a stack, each with a counted way to AWS."""

    def __init__(self, exits: ExitStack) -> None:
        self._exits = exits
        self._made: dict[str, CountingProxy] = {}

    def gateway(self, site: Site) -> list[ChildSpec]:
        """The functions, which also tell how long each took."""
        (spec,) = children.gateway(site)
        command = (sys.executable, "-m", "infra.cost.gateway", *spec.command[3:])
        return [replace(self._through("functions", spec), command=command)]

    def connectors(self, site: Site) -> list[ChildSpec]:
        """The connectors."""
        return [self._through("connector", spec) for spec in children.connectors(site)]

    def usage(self, name: str) -> Usage:
        """What went through one of them."""
        return self._made[name].usage()

    def _through(self, name: str, spec: ChildSpec) -> ChildSpec:
        if name not in self._made:
            proxy = CountingProxy(spec.environment[AWS])
            self._made[name] = self._exits.enter_context(proxy)
        environment = {**spec.environment, AWS: self._made[name].url}
        return replace(spec, environment=environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was used up to a moment, or between two."""

    functions: Usage
    connector: Usage
    seconds: float
    ticks: int

    def since(self, before: _Reading) -> _Reading:
        """What was used since ``before``."""
        return _Reading(
            functions=self.functions.less(before.functions),
            connector=self.connector.less(before.connector),
            seconds=self.seconds - before.seconds,
            ticks=self.ticks - before.ticks,
        )


class _Meter:
    """Reads proxies and logs."""

    def __init__(self, proxies: _Proxies, logs: Path) -> None:
        self._proxies = proxies
        self._logs = logs

    def read(self) -> _Reading:
        """Everything so far."""
        invoked, functions_bytes = _told(self._logs / "gateway.jsonl")
        _, connector_bytes = _told(self._logs / "connector-1.jsonl")
        gb_s = sum(FUNCTIONS[name].memory_mb / 1024 * ms / 1000 for name, ms in invoked)
        requests = sum(name in _HTTP for name, _ in invoked)
        written = functions_bytes + len(invoked) * PLATFORM_LOG_BYTES + requests * ACCESS_LOG_BYTES
        lambdas = Usage(
            {
                "lambda_request": len(invoked),
                "lambda_gb_s": gb_s * SLOWDOWN,
                "http_api_request": requests,
                "log_gb": written / 1e9,
            }
        )
        return _Reading(
            functions=self._proxies.usage("functions") + lambdas,
            connector=self._proxies.usage("connector") + Usage({"log_gb": connector_bytes / 1e9}),
            seconds=time.monotonic(),
            ticks=sum(name == "batch_monitor" for name, _ in invoked),
        )


@dataclass(frozen=True, slots=True)
class _Base:
    """What goes on by itself."""

    connector_second: Usage
    tick: Usage

    @classmethod
    def of(cls, quiet: _Reading) -> _Base:
        """From an idle time. AWS itself listens to the outbox, which ``bill`` adds."""
        polls = {n: a for n, a in quiet.functions.amounts.items() if n != "sqs_fifo"}
        return cls(
            quiet.connector.times(1 / quiet.seconds), Usage(polls).times(1 / max(1, quiet.ticks))
        )

    def taken_off(self, phase: _Reading) -> Usage:
        """What happened beside it."""
        functions = phase.functions.less(self.tick.times(phase.ticks))
        connector = phase.connector.less(self.connector_second.times(phase.seconds))
        return functions + connector


def _told(log: Path) -> tuple[list[tuple[str, float]], int]:
    """The invocations that a log tells of, and how long the rest of it is."""
    invoked, size = [], 0
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        told = json.loads(line)
        if told.get("event") == INVOKED:
            invoked.append((str(told["function"]), float(told["ms"])))
        else:
            size += len(line.encode()) + LOG_EVENT_BYTES
    return invoked, size
