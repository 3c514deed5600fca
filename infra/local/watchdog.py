"""The lifeline of a supervisor: stops its children when the supervisor itself was killed.

It runs as a process of its own and reads ``+<group>`` and ``-<group>`` from its standard input.
The end of that input means that the supervisor is gone, however it went (the kernel closes the
pipe even after SIGKILL, on Linux and macOS alike); whatever groups are left are then stopped.

Standard library only, and nothing of this project: it must start in milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_S = 10.0
"""How long the children may take to end by themselves: the emulator saves its data then."""


def watched(lines: Iterable[str]) -> set[int]:
    """The process groups still registered when ``lines`` end."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(group)
    return groups


def stop(groups: set[int], patience_s: float = PATIENCE_S) -> None:
    """Ask each group to end, and kill what has not after ``patience_s``."""
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while _alive(groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _alive(groups: set[int]) -> bool:
    return any(_exists(group) for group in groups)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # macOS says this of a group of zombies; the patience bounds the wait
    return True


if __name__ == "__main__":
    stop(watched(sys.stdin))
