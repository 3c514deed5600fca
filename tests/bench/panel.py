"""``make bench-panel``: how long the panel's server takes for a page with 5,000 conversations.

The whole local stack runs; each page is asked for again and again over one connection. Its peer, in
the same run and through the same gateway, is a file that the panel only hands out. The last line is
JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from functions.panel.roles import Role
from tests.browser.chromium import stack
from tests.browser.panel import link_into, pages_of
from tests.browser.seeds import seed

if TYPE_CHECKING:
    from collections.abc import Mapping

GOAL_MS = 300
PEER = "a static file"


def main(arguments: list[str] | None = None) -> int:
    """Measure every page; exit status 1 where one is slower than the goal."""
    parser = argparse.ArgumentParser(prog="make bench-panel", description=__doc__)
    parser.add_argument("--conversations", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        began = time.monotonic()
        first, *_ = seed(running.environment, given.conversations)
        _say(
            f"{given.conversations} conversations are there after {time.monotonic() - began:.0f} s"
        )
        with httpx.Client(
            base_url=running.urls["gateway"], trust_env=False, follow_redirects=True, timeout=60
        ) as http:
            page = http.get(link_into(running, Role.ADMIN)).text
            paths = {PEER: re.findall(r'src="(/panel/static/panel[^"]+)"', page)[0]}
            found = measured(http, paths | wanted(first), given.rounds)
    told = report(found, given.conversations)
    print(json.dumps(told))  # noqa: T201 - a command
    return 0 if told["ok"] else 1


def wanted(contact_id: str) -> dict[str, str]:
    """Every page, and the searches that a page offers."""
    return pages_of(contact_id) | {
        "day": "/panel/day",
        "by number": "/panel/conversations?q=%2B57%20313%20000%200000",
        "by name": "/panel/conversations?tab=waiting_person&q=luc",
        "by batch": "/panel/conversations?batch=btcal_nov",
    }


def measured(
    http: httpx.Client, paths: Mapping[str, str], rounds: int
) -> dict[str, dict[str, float]]:
    """For each page the first answer and the others, in ms."""
    found = {}
    for name, path in paths.items():
        times = [_taken(http, path) for _ in range(rounds + 1)]
        found[name] = {
            "first": round(times[0], 1),
            "median": round(statistics.median(times[1:]), 1),
            "p95": round(sorted(times[1:])[max(0, -(-95 * rounds // 100) - 1)], 1),
        }
        _say(f"{name:>16}  median {found[name]['median']:7.1f}  p95 {found[name]['p95']:7.1f} ms")
    return found


def report(found: Mapping[str, Mapping[str, float]], conversations: int) -> dict[str, object]:
    """What the last line says."""
    pages = {name: times for name, times in found.items() if name != PEER}
    slowest = max(pages, key=lambda name: pages[name]["median"])
    return {
        "ok": pages[slowest]["median"] < GOAL_MS,
        "goal_ms": GOAL_MS,
        "conversations": conversations,
        "slowest": slowest,
        "slowest_median_ms": pages[slowest]["median"],
        "ratio": round(pages[slowest]["median"] / found[PEER]["median"], 1),
        "peer": PEER,
        "load": [round(each, 1) for each in os.getloadavg()],
        "ms": found,
    }


def _taken(http: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    http.get(path).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    sys.exit(main())
