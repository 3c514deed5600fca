"""One line of a log, as something that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from conversation.signals import KEYS, Signal
from infra.local.logs import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

STAMP: Final = "%Y-%m-%d %H:%M:%S,%f%z"
"""How Powertools writes the time."""

PLUMBING: Final = frozenset({"contact_id", "epoch", "event_id", "where"})
"""Keys that tell a newcomer nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of Hilo. ``at`` is in seconds since 1970; ``facts`` are the keys worth showing."""

    at: float
    signal: Signal
    service: str = ""
    contact_id: str = ""
    message_key: str = ""
    turn: str = ""
    call_id: str = ""
    facts: Mapping[str, str]


def read(line: str, now: float) -> Happening | None:
    """What ``line`` tells, if it tells of one of our signals. Never raises."""
    words = json_object(line.strip())
    name = str(words.get("event")) if words else ""
    if words is None or name not in _NAMES:
        return None
    told = {key: _shown(words[key]) for key in KEYS & words.keys() if words[key] is not None}
    return Happening(
        at=_time(words, now),
        signal=Signal(name),
        service=str(words.get("service", "")),
        contact_id=told.get("contact_id", ""),
        message_key=told.get("message_key", ""),
        turn=told.get("turn", ""),
        call_id=told.get("call_id", ""),
        facts={key: told[key] for key in sorted(told.keys() - PLUMBING)},
    )


_NAMES: Final = frozenset(signal.value for signal in Signal)
_LONGEST: Final = 160


def _shown(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _time(words: Mapping[str, object], now: float) -> float:
    try:
        stamp = str(words["timestamp"])
        return datetime.strptime(stamp, STAMP).timestamp()  # noqa: DTZ007 - STAMP ends with %z
    except (KeyError, ValueError):
        told = words.get("time")
        return float(told) if isinstance(told, int | float) else now
