"""Items that cannot be read: told to the dead letters, marked, and passed by ever after.

Whoever reads a contact goes on with its other messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pynamodb.exceptions import PynamoDBException

from conversation.adapters.tables.mapping import message_of
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient, Unreadable
from conversation.identifiers import ContactId, MessageKey
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conversation.adapters.tables.models import MessageItem
    from conversation.adapters.tables.tables import Tables
    from conversation.messages import Message
    from conversation.signals import Signals


class DeadLetters(Protocol):
    """Where letters are left for an operator."""

    def put(self, body: str, reason: str) -> None:
        """Leave one there; raises ``Transient``."""


class Poison:
    """Reads messages for one side, ``kind``, which its letters are doorbells of."""

    def __init__(
        self, tables: Tables, letters: DeadLetters, signals: Signals, *, kind: BellKind
    ) -> None:
        self._tables = tables
        self._letters = letters
        self._signals = signals
        self._kind = kind

    def read(self, item: MessageItem) -> Message | None:
        """The message; ``None`` for what cannot be read, which is set aside the first time."""
        try:
            return message_of(item)
        except Unreadable as error:
            self._park(item, error.reason)
            return None

    def _park(self, item: MessageItem, reason: str) -> None:
        """First the letter, then the mark: a crash in between costs a second letter, at most."""
        if item.parked:
            return
        contact_id, key = ContactId(item.contact_id), MessageKey(item.message_key)
        self._signals(
            Signal.ITEM_UNREADABLE,
            contact_id=contact_id,
            message_key=key,
            reason=reason,
            error=",".join(sorted(item.unreadable)) or None,
        )
        model = self._tables.messages
        try:
            self._letters.put(Doorbell(self._kind, contact_id, key).to_json(), reason)
            model(contact_id, key).update(
                [model.parked.set(reason), model.pending.remove(), model.pending_since.remove()],
                condition=model.contact_id.exists(),
            )
        except (Transient, PynamoDBException):
            return  # the next reading tells it again


def readable(items: Iterable[MessageItem]) -> Iterator[Message]:
    """The messages that can be read: for those who look on, and set nothing aside."""
    for item in items:
        try:
            yield message_of(item)
        except Unreadable:
            continue
