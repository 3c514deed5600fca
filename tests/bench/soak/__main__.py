"""Whether a connector that talks for long grows: 2,000 sockets, all the time, some of them lost.

``python -m tests.bench.soak --minutes N`` lets everybody write more turns than a dialogue keeps,
and then watches memory and files while people go on writing and some sockets are reset every few
seconds (their people write again, and new sessions open). The last line is one JSON object; the
exit status tells whether both stayed flat over the second half.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.bench.holder.__main__ import describe, far_end, say
from tests.bench.holder.rivals import RIVALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.holder.process import Process, Usage

_SLACK_S = 60.0
_OPEN_S = 120.0
_STEP_S = 10.0
_LOST_A_STEP = 20
_WARM_TURNS = 9
"""A dialogue remembers the last eight turns: growth before that is no leak."""
_WARM_RATE = 300.0
_MOST_GROWTH = 0.03
"""Of the medians of the last quarter over the second one: what an allocator's noise is worth."""
_MOST_FILES = 5
"""Sockets that are being closed and opened at the moment of looking."""


def main() -> int:
    """Soak, and print."""
    options = _options()
    rival = RIVALS[0]
    with far_end() as (server, order):
        process = rival.start(order(rival))
        try:
            process.ask(_OPEN_S, do="open", count=options.sockets)
            warm = options.sockets * _WARM_TURNS
            warm_s = warm / _WARM_RATE * 3 + _SLACK_S
            process.ask(warm_s, do="turns", count=warm, rate=_WARM_RATE)
            seen = list(_soak(server, process, options))
        finally:
            process.end()
    result = _judge(seen, options)
    say(json.dumps(result))
    return 0 if result["flat"] else 1


def _soak(
    server: Process, process: Process, options: argparse.Namespace
) -> Iterator[tuple[Usage, dict[str, Any]]]:
    until = time.monotonic() + options.minutes * 60
    while time.monotonic() < until:
        server.ask(_SLACK_S, do="drop", client="hilo", count=_LOST_A_STEP)
        answer = process.ask(
            _STEP_S + _SLACK_S, do="turns", count=int(options.rate * _STEP_S), rate=options.rate
        )
        usage = process.usage()
        report = server.ask(_SLACK_S, do="report")
        say(
            f"  {usage.rss_kb / 1024:6.1f} MB, {usage.files} files, {report['open']} open, "
            f"{answer['answered']} answered, p99 {answer['p99_ms']} ms, errors {answer['errors']}"
        )
        yield usage, answer


def _judge(seen: list[tuple[Usage, dict[str, Any]]], options: argparse.Namespace) -> dict[str, Any]:
    quarter = max(1, len(seen) // 4)
    early, late = seen[quarter : 2 * quarter] or seen[:1], seen[-quarter:]
    growth = _median(late, "rss_kb") / _median(early, "rss_kb") - 1
    files = _median(late, "files") - _median(early, "files")
    last = seen[-1][1]
    flat = growth <= _MOST_GROWTH and files <= _MOST_FILES and not last["errors"]
    return {
        "flat": flat,
        "minutes": options.minutes,
        "sockets": options.sockets,
        "answered": sum(answer["answered"] for _, answer in seen),
        "rss_mb": [round(usage.rss_kb / 1024, 1) for usage, _ in (seen[0], seen[-1])],
        "rss_growth_pct": round(growth * 100, 2),
        "files": [usage.files for usage, _ in (seen[0], seen[-1])],
        "errors": last["errors"],
        "drops": last["drops"],
        "machine": describe(),
    }


def _median(seen: list[tuple[Usage, dict[str, Any]]], name: str) -> float:
    return statistics.median(getattr(usage, name) for usage, _ in seen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=150.0, help="messages a second")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
