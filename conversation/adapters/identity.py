"""Fresh identifiers. ULIDs sort by the time they were made.

Written out rather than taken from python-ulid, which looks up its own version at import: ten
milliseconds of the webhook's cold start (``make bench-cold``). A test reads them with it.
"""

from __future__ import annotations

import secrets
import time
from typing import Final

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHIFTS: Final = range(125, -1, -5)  # 26 signs of five bits: 48 of time, 80 of chance


def new_ulid() -> str:
    """26 characters that no one else has made, sorting after those of earlier milliseconds."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in _SHIFTS)
