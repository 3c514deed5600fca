"""Events as JSON lines, written by hand: for the connector, which writes some thousands a second.

The lines are those of Powertools' Logger (``adapters.signals``), which the Lambdas use, but for
``location``. Its record, its caller and its formatter cost five times as much CPU as the line.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from conversation.errors import Defect
from conversation.signals import Level, Signal, Value, level_of, undeclared

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.signals import Signals

_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


def lines(
    service: str,
    level: str,
    *,
    write: Callable[[str], object] | None = None,
    clock: Callable[[], float] = time.time,
) -> Signals:
    """Signals as lines of JSON on standard output: ``event``, ``service``, time, level and keys.

    What is below ``level`` is not written. A line is one call of ``write``, from any thread.
    """
    least = Level[level]
    said = write or _say

    def note(signal: Signal, /, **keys: Value) -> None:
        if extra := undeclared(keys):
            raise Defect(f"an event may not carry {sorted(extra)}", reason="undeclared_key")
        rank = level_of(signal)
        if rank < least:
            return
        head = {
            "level": rank.name,
            "message": signal.value,
            "timestamp": timestamp(clock()),
            "service": service,
            "event": signal.value,
        }
        said(_ENCODE(head | {k: v for k, v in keys.items() if v is not None}) + "\n")

    return note


def timestamp(now: float) -> str:
    """The time in UTC, as Powertools writes it."""
    second, fraction = divmod(now, 1)
    return f"{_day(second)},{int(fraction * 1000):03}+0000"


@lru_cache(2)
def _day(second: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))


def _say(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more: no reason to end a turn
        sys.stdout.write(line)
        sys.stdout.flush()
