"""The JSON documents of the provider, and the reading of those that strangers send."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
"""A document whose shape the provider's published schemas tell."""


class UnreadableError(ValueError):
    """What came is not a JSON object. The message tells what it is instead."""


def read_object(raw: str | bytes) -> Json:
    """Give the JSON object in ``raw``, or raise UnreadableError."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"a JSON object is wanted, this is {type(document).__name__}")
    return document


def written(document: object) -> str:
    """Write ``document`` as compact JSON, letters beyond ASCII as they are."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def as_object(value: object) -> Json:
    """Give ``value`` if it is an object, else an empty one (a tolerant reader's step)."""
    return value if isinstance(value, dict) else {}
