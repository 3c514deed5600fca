"""Fresh identifiers. ULIDs sort by the time they were made."""

from __future__ import annotations

from ulid import ULID


def new_ulid() -> str:
    """26 characters that no one else has made, sorting after those of earlier milliseconds."""
    return str(ULID())
