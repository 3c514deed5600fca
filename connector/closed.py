"""The ways in which a connection ends, as values that a caller can decide by.

What we say about an end (``kind``, ``reason``, ``code``) is safe to log. What the other side said
is kept apart and out of ``repr``: a server may quote anything in it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """Who or what ended it. The first six mean that the connection never opened."""

    DNS = enum.auto()
    CONNECT = enum.auto()
    TLS = enum.auto()
    TIMEOUT = enum.auto()
    REFUSED = enum.auto()
    UPGRADE = enum.auto()
    REMOTE = enum.auto()
    LOST = enum.auto()
    LOCAL = enum.auto()
    OVERFLOW = enum.auto()
    PROTOCOL = enum.auto()


DIAL_FAILURES = frozenset(
    {Kind.DNS, Kind.CONNECT, Kind.TLS, Kind.TIMEOUT, Kind.REFUSED, Kind.UPGRADE}
)
"""Kinds that can only come instead of ``opened``. LOCAL may come before or after it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server answered the upgrade with a status other than 101. Redirects are not followed.

    ``retry_after_s`` is what its Retry-After asks for, in seconds (a date is measured from the
    response's own Date). ``body`` is the beginning of what it said, for classifying, not for logs.
    """

    status: int
    retry_after_s: float | None = None
    body: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of a connection; a listener gets exactly one.

    ``reason`` is a short stable word of ours. ``code`` is the close code: the server's for REMOTE
    (None: it gave none), the one we sent for LOCAL and PROTOCOL. ``said`` is the server's close
    reason, for classifying, not for logs. ``refusal`` is there for REFUSED alone.
    """

    kind: Kind
    reason: str
    code: int | None = None
    said: str = field(default="", repr=False)
    refusal: Refusal | None = None
