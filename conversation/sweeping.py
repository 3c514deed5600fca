"""What was stored and never finished, as the sweeper finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry of the ``pending`` index, which may show what is over."""

    contact_id: ContactId
    key: MessageKey
    unfinished: bool
    """As the index has it. What is finished has no business in it: the entry was left behind."""


def oldest_of(entries: Iterable[Waiting]) -> dict[ContactId, MessageKey]:
    """The oldest unfinished key of each contact: one ring is enough for all that it has."""
    oldest: dict[ContactId, MessageKey] = {}
    for entry in entries:
        if entry.unfinished:
            known = oldest.get(entry.contact_id, entry.key)
            oldest[entry.contact_id] = min(known, entry.key)
    return oldest


@dataclass(frozen=True, slots=True)
class Mark:
    """How far Twilio's messages were compared with ours."""

    since: datetime
    """When this deployment began: what is older is none of its own."""
    until: datetime
    """Up to here all was compared."""
