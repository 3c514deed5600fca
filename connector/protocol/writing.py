"""Writing frames: compact JSON that is always valid UTF-8."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from conversation.documents import well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(kind: str, body: Mapping[str, object]) -> str:
    """The frame of this type, ``type`` first."""
    frame = {"type": kind, **body}
    return well_formed(_ENCODE(frame))


def without_none(**fields: object) -> dict[str, object]:
    """The fields that have a value: what is not overridden is left out, not sent as null."""
    return {name: value for name, value in fields.items() if value is not None}
