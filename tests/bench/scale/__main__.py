"""Whether a message costs more CPU in a process that holds many conversations.

``python -m tests.bench.scale`` runs two connectors against one load server, one with 100 contacts
and one with 10,000, has people write to both at the same rate in turns, and takes the CPU of each
process, less what it uses when nobody writes. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING

from tests.bench.holder.__main__ import describe, far_end, say
from tests.bench.holder.rivals import RIVALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.holder.process import Process

FEW = 100
_SLACK_S = 60.0
_OPEN_S = 240.0


def main() -> int:
    """Measure, and print."""
    options = _options()
    sizes = (FEW, options.contacts)
    with far_end() as (server, order):
        crowds = {size: RIVALS[0].start(order(RIVALS[0])) for size in sizes}
        try:
            for size, process in crowds.items():
                opened = process.ask(_OPEN_S, do="open", count=size)
                say(f"  {size:6,} contacts: {opened['open']:,} sockets open")
                process.ask(_SLACK_S, do="turns", count=size, rate=options.rate * 4)
            measured = [_round(crowds, options) for _ in range(options.rounds)]
        finally:
            for process in crowds.values():
                process.end()
        server.ask(_SLACK_S, do="report")
    few, many = (statistics.median(found[size] for found in measured) for size in sizes)
    result = {
        "contacts": list(sizes),
        "cpu_ms_a_message": {str(FEW): round(few, 3), str(options.contacts): round(many, 3)},
        "ratio": round(many / few, 3),
        "rounds": options.rounds,
        "machine": describe(),
    }
    say(json.dumps(result))
    return 0 if options.at_most is None or result["ratio"] <= options.at_most else 1


def _round(crowds: dict[int, Process], options: argparse.Namespace) -> dict[int, float]:
    """One measurement of each, a moment apart, so that the machine's moods fall on both."""
    idle = _idle(list(crowds.values()), options.seconds)
    found = {}
    for (size, process), rest in zip(crowds.items(), idle, strict=True):
        count = int(options.rate * options.seconds)
        before, began = process.usage().cpu_s, time.monotonic()
        answer = process.ask(options.seconds + _SLACK_S, do="turns", count=count, rate=options.rate)
        took = time.monotonic() - began
        used = process.usage().cpu_s - before - rest * took
        found[size] = used * 1000 / answer["answered"]
        say(
            f"  {size:6,} contacts: {found[size]:.3f} ms a message "
            f"({answer['answered']} answered, idle {rest * 100:.1f} % of a core)"
        )
    return found


def _idle(processes: Sequence[Process], seconds: float) -> list[float]:
    before = [process.usage().cpu_s for process in processes]
    time.sleep(seconds)
    return [
        (process.usage().cpu_s - earlier) / seconds
        for process, earlier in zip(processes, before, strict=True)
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000, help="the larger process")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements; medians are shown")
    parser.add_argument("--at-most", type=float, help="fail where the ratio is higher")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
