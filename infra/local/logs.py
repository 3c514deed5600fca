"""What children print, kept as JSON lines, one file a child."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

KEPT_BYTES: Final = 20_000_000
"""A file that is larger at the start of a child is set aside, once, as ``<name>.jsonl.1``."""


class LineLog:
    """Appends lines to a file: JSON objects as they are, anything else wrapped in one."""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._last: deque[str] = deque(maxlen=12)
        if path.exists() and path.stat().st_size > KEPT_BYTES:
            path.replace(path.with_suffix(".jsonl.1"))
        self._path = path

    def write(self, line: str) -> None:
        """Keep one line. It is in the file when this returns."""
        text = line.rstrip()
        if not text:
            return
        self._last.append(text)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{self._as_json(text)}\n")

    def last_lines(self) -> list[str]:
        """The newest lines, oldest first."""
        return list(self._last)

    def _as_json(self, text: str) -> str:
        if json_object(text) is not None:
            return text
        wrapped = {"time": round(time.time(), 3), "service": self._name, "line": text}
        return json.dumps(wrapped, ensure_ascii=False)


def listening_in(line: str) -> str:
    """The address that a line announces, or nothing.

    Simulators say ``{"listening": "http://…"}``; the connector's event tells ``where``.
    """
    said = json_object(line) or {}
    address = said.get("where" if said.get("event") == "connector_started" else "listening", "")
    return address if isinstance(address, str) else ""


def json_object(line: str) -> dict[str, object] | None:
    """The JSON object that ``line`` is, if it is one."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
