"""What follows when one message, or one contact, has been seen to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """Where the sender goes from here."""

    NEXT = "next"
    """This message is settled, or may be passed over: on to the next."""
    AGAIN = "again"
    """Something changed: read the contact again."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing more can be done for this contact now, and what is behind must wait: order is kept.

    Without ``after_s`` the doorbell backs off by how often it has come.
    """

    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left that could be sent now."""
