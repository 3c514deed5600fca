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
from conversation.signals import KEYS, Level, Signal, Value, level_of, undeclared

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
    heads = {signal: _head(signal, service) for signal in Signal if level_of(signal) >= least}
    said = write or _say

    def note(signal: Signal, /, **keys: Value) -> None:
        if not KEYS.issuperset(keys):
            extra = sorted(undeclared(keys))
            raise Defect(f"an event may not carry {extra}", reason="undeclared_key")
        head = heads.get(signal)
        if head is None:
            return
        told = [f',"{key}":{_ENCODE(value)}' for key, value in keys.items() if value is not None]
        said(f'{head[0]},"timestamp":"{timestamp(clock())}",{head[1]}{"".join(told)}}}\n')

    return note


def _head(signal: Signal, service: str) -> tuple[str, str]:
    """What every line of an event has in common, before its time and after it."""
    before = {"level": level_of(signal).name, "message": signal.value}
    after = {"service": service, "event": signal.value}
    return _ENCODE(before).removesuffix("}"), _ENCODE(after).strip("{}")


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
