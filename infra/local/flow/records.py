"""What the tables hold of one person, and the command that closes their socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pynamodb.exceptions import DoesNotExist

from conversation.adapters.tables.mapping import message_of, state_of
from conversation.adapters.tables.transactions import reading
from conversation.doorbells import BellKind, Doorbell

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.adapters.doorbells import Bells
    from conversation.adapters.tables.commands import CommandTable
    from conversation.adapters.tables.tables import Tables
    from conversation.identifiers import ContactId, MessageKey
    from conversation.messages import Message
    from conversation.state import ConversationState

CLOSE: Final = "close"
ASKED_BY: Final = "hilo flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecords:
    """Reads consistently. ``since`` is a key: messages before it are not shown."""

    tables: Tables
    commands: CommandTable
    bells: Bells
    contact_id: ContactId
    since: MessageKey
    new_key: Callable[[], MessageKey]
    clock: Callable[[], datetime]

    def state(self) -> ConversationState | None:
        """The conversation, once there is one."""
        with reading():
            try:
                return state_of(self.tables.state.get(self.contact_id, consistent_read=True))
            except DoesNotExist:
                return None

    def messages(self) -> list[Message]:
        """In the order of their keys, which is the order in which they belong."""
        key = self.tables.messages.message_key
        with reading():
            found = self.tables.messages.query(
                self.contact_id, key >= self.since, consistent_read=True
            )
            return [message_of(item) for item in found]

    def close_socket(self) -> MessageKey:
        """As an operator does it: a command in the table, and a doorbell for it."""
        key = self.new_key()
        self.commands.ask(self.contact_id, key, CLOSE, ASKED_BY, self.clock())
        self.bells.ring(Doorbell(BellKind.COMMAND, self.contact_id, key))
        return key
