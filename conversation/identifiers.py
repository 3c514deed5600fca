"""Identifiers that must not be mixed up, each with a type of its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NewType

ContactId = NewType("ContactId", str)
"""base32 of a keyed hash of an address: stable, and tells nothing about the person."""

MessageKey = NewType("MessageKey", str)
"""A ULID for what arrives; ``<turn>~<ordinal>`` for what belongs to a turn. Sorts by time."""

TurnKey = NewType("TurnKey", str)
"""The key of the last inbound message of the turn."""

SessionId = NewType("SessionId", str)
"""ElevenLabs' ``conversation_id`` of one text session, as the server gave it."""

CallId = NewType("CallId", str)
"""ElevenLabs' ``conversation_id`` of a phone call."""

MessageSid = NewType("MessageSid", str)
"""Twilio's name of a message: ``SM…`` or ``MM…``."""

AgentId = NewType("AgentId", str)

WorkerId = NewType("WorkerId", str)
"""One connector process, for as long as it runs."""

_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_CROCKFORD: Final = str.maketrans(
    "ABCDEFGHJKMNPQRSTVWXYZ", "abcdefghijklmnopqrstuv"
)  # the digits that `int` knows
_TIME_DIGITS: Final = 10


def made_at(ulid: str) -> datetime:
    """When a ULID, or what begins with one, was made. Raises ``ValueError`` where it is none."""
    if not _ULID.match(ulid):
        raise ValueError("no ULID")
    milliseconds = int(ulid[:_TIME_DIGITS].translate(_CROCKFORD), 32)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
