"""Following the log files of all processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HISTORY_BYTES: Final = 262_144
"""How much of a file that was there before is read."""


@dataclass(slots=True)
class _Place:
    offset: int
    rest: bytes = b""


class LogTail:
    """Gives the lines that were added to ``*.jsonl`` in a folder since it was last asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[Path, _Place] = {}

    def lines(self) -> list[str]:
        """The new whole lines of all files, file by file."""
        paths = sorted(self._folder.glob("*.jsonl"))
        return [line for path in paths for line in self._lines_of(path)]

    def _lines_of(self, path: Path) -> Iterator[str]:
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return
        place = self._places.setdefault(path, _Place(max(0, size - HISTORY_BYTES)))
        if size < place.offset:  # set aside, or begun anew
            place.offset, place.rest = 0, b""
        if size == place.offset:
            return
        with path.open("rb") as file:
            file.seek(place.offset)
            fresh = file.read()
        place.offset += len(fresh)
        *whole, place.rest = (place.rest + fresh).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
