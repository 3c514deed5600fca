"""The files beside the pages, each under a name that changes with what is in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is served."""

    content_type: str
    text: str


class Assets:
    """All of them, read once. Their names may be kept for ever."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._served: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        for path in sorted(FOLDER.iterdir()):
            if path.suffix in _TYPES:
                self._take(path)

    def url(self, name: str) -> str:
        """Where ``name`` is served."""
        return f"{self._base}/{self._names[name]}"

    def get(self, served: str) -> Asset | None:
        """What is served under a name."""
        return self._served.get(served)

    def _take(self, path: Path) -> None:
        content = path.read_bytes()
        stem, _, suffix = path.name.rpartition(".")
        served = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
        self._names[path.name] = served
        self._served[served] = Asset(_TYPES[path.suffix], content.decode())
