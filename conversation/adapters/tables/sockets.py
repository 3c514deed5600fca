"""Which sockets are open, as the tables tell it: from anywhere, without asking a connector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.adapters.tables.mapping import state_of
from conversation.adapters.tables.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from conversation.adapters.tables.tables import Tables
    from conversation.identifiers import ContactId
    from conversation.state import ConversationState


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """A socket that a connector recorded as open, under the epoch it then had."""

    contact_id: str
    phone_number: str | None
    agent_id: str | None
    session: str | None
    shard: int
    epoch: int
    opened_at: datetime


class SocketTable:
    """Reads only. The index may lag behind by a moment."""

    def __init__(self, tables: Tables) -> None:
        self._state = tables.state

    def open(self, shard: int) -> Iterator[OpenSocket]:
        """The sockets of a shard, those open the longest first."""
        with reading():
            for item in self._state.open_sockets.query(str(shard)):
                yield OpenSocket(
                    contact_id=item.contact_id,
                    phone_number=item.phone_number,
                    agent_id=item.agent_id,
                    session=item.elevenlabs_conversation_id,
                    shard=shard,
                    epoch=int(item.epoch or 0),
                    opened_at=item.session_opened_at,
                )

    def state(self, contact_id: ContactId) -> ConversationState | None:
        """The conversation with one contact, if there is one."""
        with reading():
            try:
                return state_of(self._state.get(contact_id, consistent_read=True))
            except self._state.DoesNotExist:
                return None
