"""The published shapes of all frames, for whoever wants to check what is sent."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from infra.local.elevenlabs.shapes import Json

Dialect = Literal["convai", "classic"]
Side = Literal["server", "client"]

_FILE = Path(__file__).with_name("schemas.json")


@functools.cache
def schemas(dialect: Dialect, side: Side) -> dict[str, Json]:
    """JSON Schemas by the type of the frame."""
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    found: dict[str, Json] = document[dialect][side]
    return found


def schema_of(frame: Json, side: Side, dialect: Dialect = "convai") -> Json | None:
    """The schema that a frame of this side must fit; None if its type is not known."""
    return schemas(dialect, side).get(str(frame.get("type")))
