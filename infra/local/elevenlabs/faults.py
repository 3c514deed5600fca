"""Faults that can be switched on while the simulator runs, for all agents or for one.

A fault has a value and, if it shall not last, the number of times it still strikes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.elevenlabs.shapes import Json

_NUMBER = (int, float)
_SWITCH = (bool,)

KINDS: Mapping[str, tuple[type, ...]] = {
    # of REST
    "latency_s": _NUMBER,  # before every answer, and before an upgrade
    "rest_error": (int, dict),  # status, or {status, code, shape, path}
    "rest_late_s": _NUMBER,  # the work is done, the answer comes only then
    # of the handshake
    "handshake_status": (int,),  # 429, 401, 503 … instead of 101
    # of the answer
    "answer_delay_s": _NUMBER,
    "late_answer_s": _NUMBER,  # as above, and nothing that is said meanwhile stops it
    "silence": _SWITCH,
    "duplicate_answer": _SWITCH,
    "empty_stream": _SWITCH,  # start, stop, and no text at all
    "answer_order": (str,),
    # of the frames
    "malformed_frame": (bool, str),  # before the answer; the text itself, or a default
    "unknown_frames": _SWITCH,
    "no_ping": _SWITCH,
    # of the connection: a point of POINTS, or {at, …}
    "drop": (str,),
    "close": (dict,),  # {at, code, reason, error_type}
    # of the webhook
    "webhook_copies": (int,),
}
"""Every fault, with the types its value may have."""

POINTS = ("connected", "metadata", "before_answer", "mid_answer", "after_answer")
"""Where a connection can be dropped or closed."""


@dataclass(slots=True)
class Fault:
    """``times`` is how often it still strikes; None: until it is switched off."""

    value: object
    times: int | None = None


@dataclass(slots=True)
class Faults:
    """What is switched on. Keyed by agent; the empty key is for all."""

    _on: dict[str, dict[str, Fault]] = field(default_factory=dict)

    def switch(self, name: str, setting: object, agent_id: str = "") -> None:
        """Switch on by a value or ``{"value": …, "times": n}``; off by None, False or 0.

        Raises ValueError for an unknown fault or a value of a wrong kind.
        """
        value, times = _read(setting)
        table = self._on.setdefault(agent_id, {})
        if value is None or value is False or value == 0 or times == 0:
            table.pop(name, None)
            return
        _check(name, value)
        table[name] = Fault(value, times)

    def take(self, name: str, agent_id: str = "") -> object | None:
        """The value if the fault strikes now; this counts as one time."""
        for key in dict.fromkeys((agent_id, "")):
            fault = self._on.get(key, {}).get(name)
            if fault is not None:
                self._count(fault, name, key)
                return fault.value
        return None

    def peek(self, name: str) -> object | None:
        """The value that is set for all agents, without counting."""
        fault = self._on.get("", {}).get(name)
        return fault.value if fault else None

    def at(self, name: str, point: str, agent_id: str) -> Json | None:
        """``drop`` or ``close`` if it strikes at this point of the connection."""
        for key in dict.fromkeys((agent_id, "")):
            fault = self._on.get(key, {}).get(name)
            if fault is not None and _point(fault.value) == point:
                self._count(fault, name, key)
                return fault.value if isinstance(fault.value, dict) else {"at": fault.value}
        return None

    def seconds(self, name: str, agent_id: str = "") -> float:
        """The value of a fault that is a time, or 0."""
        value = self.take(name, agent_id)
        return float(value) if isinstance(value, _NUMBER) else 0.0

    def clear(self) -> None:
        """Switch everything off."""
        self._on.clear()

    def shown(self) -> Json:
        """What is on, as JSON."""
        return {
            key or "*": {name: {"value": f.value, "times": f.times} for name, f in table.items()}
            for key, table in self._on.items()
            if table
        }

    def _count(self, fault: Fault, name: str, key: str) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._on[key].pop(name, None)


def _read(setting: object) -> tuple[object, int | None]:
    if isinstance(setting, dict) and "value" in setting:
        times = setting.get("times")
        return setting["value"], times if isinstance(times, int) else None
    if isinstance(setting, dict) and set(setting) == {"times"}:
        return True, int(setting["times"])
    return setting, None


def _check(name: str, value: object) -> None:
    if name not in KINDS:
        raise ValueError(f"unknown fault {name}; there are {', '.join(KINDS)}")
    if not isinstance(value, KINDS[name]) or (isinstance(value, bool) and bool not in KINDS[name]):
        raise ValueError(f"{name} wants {' or '.join(kind.__name__ for kind in KINDS[name])}")
    if name in {"drop", "close"} and _point(value) not in POINTS:
        raise ValueError(f"{name} happens at one of {', '.join(POINTS)}")


def _point(value: object) -> object:
    return value.get("at") if isinstance(value, dict) else value
