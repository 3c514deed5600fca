"""Reading JSON from a stranger: every access is checked, and a fault names the place only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connector.protocol.events import EventId

_DECODE: Final = json.JSONDecoder().decode


class UnreadableError(Exception):
    """Internal to the readers: a frame is not what its type promises."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def parse(raw: str) -> dict[str, object]:
    """The frame as an object. Raises :class:`UnreadableError`, whatever is wrong with it."""
    try:
        frame = _DECODE(raw)
    except (ValueError, RecursionError) as error:
        # RecursionError: a frame of ten thousand brackets must not end the process.
        place = "not_json"
        raise UnreadableError(place) from error
    if not isinstance(frame, dict):
        place = "not_an_object"
        raise UnreadableError(place)
    return frame


class Fields:
    """The payload of a frame: typed access to what should be there, and to what may be."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise UnreadableError(name)
        return value

    def text_or_none(self, name: str) -> str | None:
        """A string, or ``None`` for anything else."""
        value = self._values.get(name)
        return value if isinstance(value, str) else None

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean, or the default for anything else."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else default

    def number_or_none(self, name: str) -> int | None:
        """A whole number, also as digits in a string; ``None`` for anything else."""
        value = self.event_id_or_none(name)
        return value if isinstance(value, int) else None

    def event_id(self, name: str = "event_id") -> EventId:
        """An id that must be there."""
        value = self.event_id_or_none(name)
        if value is None:
            raise UnreadableError(name)
        return value

    def event_id_or_none(self, name: str = "event_id") -> EventId | None:
        """An id as number or string. ``7``, ``7.0`` and ``"7"`` are the same id."""
        match self._values.get(name):
            case bool():
                return None
            case int(number):
                return number
            case float(number) if number.is_integer():
                return int(number)
            case str(word) if word:
                return int(word) if _is_short_number(word) else word
            case _:
                return None


def _is_short_number(word: str) -> bool:
    # Longer ones are names, and Python refuses to parse very long ones.
    return word.isascii() and word.isdigit() and len(word) <= 18  # noqa: PLR2004 -- 64 bits
