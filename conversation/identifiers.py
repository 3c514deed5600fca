"""Identifiers that must not be mixed up, each with a type of its own."""

from __future__ import annotations

from typing import NewType

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
