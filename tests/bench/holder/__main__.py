"""How much of a machine ten thousand conversations take: ours, and how others would hold them.

``python -m tests.bench.holder`` measures each client against one and the same load server, in
turns, prints a table, draws docs/images/bench-holder.svg, and prints one JSON object last.
``--quick`` holds 2,000 sockets a client, all clients alive at once, in three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import ssl
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.holder import certificate, chart, report
from tests.bench.holder.phases import Bench, Run
from tests.bench.holder.process import ROOT, Process
from tests.bench.holder.rivals import RIVALS, Rival
from tests.bench.holder.talking import Order

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
CHART = ROOT / "docs" / "images" / "bench-holder.svg"
_PARALLEL = 64
_MOST_FILES = 19_000


def main() -> int:
    """Measure, and print."""
    options = _options()
    chosen = [rival for rival in RIVALS if not options.only or rival.name in options.only]
    absent = {rival.name: why for rival in chosen if (why := rival.absent())}
    present = [rival for rival in chosen if rival.name not in absent]
    began = time.monotonic()
    runs: list[Run] = []
    with far_end() as (server, order):
        talk_s = options.talk or (5.0 if options.quick else 20.0)
        bench = Bench(server, order, talk_s, 20.0 if options.quick else 90.0, say)
        for number in range(options.runs):
            say(f"run {number + 1} of {options.runs}")
            rotated = present[number % len(present) :] + present[: number % len(present)]
            for group in _groups(rotated, options):
                runs += bench.measure(group)
    found = report.medians(runs)
    machine = describe()
    note = "the ledger of Hilo is in memory, everything else is the connector"
    for line in ("", *report.table(found), "", f"{machine['cpu']}, {machine['python']}; {note}"):
        say(line)
    for name, why in absent.items():
        say(f"not measured: {name}: {why}")
    if not (options.only or options.quick or options.no_chart):
        chart.draw(found, CHART, _caption(machine, options))
    more = {"runs": options.runs, "took_s": round(time.monotonic() - began), "machine": machine}
    say(json.dumps(report.result(found, absent, more)))
    return 0


@contextmanager
def far_end() -> Iterator[tuple[Process, Any]]:
    """The load server, and what to tell a client of it."""
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder:
        ca, chain = certificate.make(Path(folder), ADDRESSES)
        command = [sys.executable, "-m", "tests.bench.holder.server", str(chain), *ADDRESSES]
        server = Process(command)
        urls = tuple(server.first["urls"])

        def order(rival: Rival) -> Order:
            return Order(rival.name, urls, str(ca), _PARALLEL, rival.resume)

        try:
            yield server, order
        finally:
            server.end()


def say(line: str) -> None:
    """To whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def describe() -> dict[str, Any]:
    """The machine."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line for line in cpu.splitlines() if line.startswith("model name")), "?")
    return {
        "cpu": f"{os.cpu_count()} cores of {model.partition(':')[2].strip()}",
        "kernel": platform.release().partition("-")[0],
        "python": f"Python {platform.python_version()}",
        "openssl": ssl.OPENSSL_VERSION,
        "date": datetime.now(UTC).date().isoformat(),
    }


def _groups(rivals: list[Rival], options: argparse.Namespace) -> Iterator[list[tuple[Rival, int]]]:
    """Who lives at the same time: as many as the server may hold files for, or each alone."""
    group: list[tuple[Rival, int]] = []
    for rival in rivals:
        sockets = options.sockets or (rival.quick if options.quick else rival.sockets)
        sockets = min(sockets, rival.sockets)
        full = sum(count for _, count in group) + sockets > _MOST_FILES
        if group and (full or not options.quick):
            yield group
            group = []
        group.append((rival, sockets))
    if group:
        yield group


def _caption(machine: dict[str, Any], options: argparse.Namespace) -> str:
    size = "quick" if options.quick else "whole"
    return (
        f"RSS with sessions, timers and hub, after a turn and a ping each · {size} run, "
        f"{machine['cpu']}, {machine['date']}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.holder", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 sockets a client at most")
    parser.add_argument("--runs", type=int, default=1, help="interleaved runs; medians are shown")
    parser.add_argument("--sockets", type=int, help="so many, for clients that manage as many")
    parser.add_argument("--talk", type=float, help="seconds of 500 messages a second")
    parser.add_argument("--only", nargs="+", choices=[rival.name for rival in RIVALS])
    parser.add_argument(
        "--no-chart", action="store_true", help="leave the chart as --quick and --only do"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
