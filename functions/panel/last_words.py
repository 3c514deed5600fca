"""The last message of each row of a list, without reading again what cannot have changed.

A page that is left open asks for its list every few seconds. A conversation in which nothing was
said since, and whose last message will not change any more, is not read again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.messages import Direction, OutboundState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.messages import Message
    from conversation.overview import Row
    from functions.panel.ports import Shelf

MOST: Final = 2_000
KEPT: Final = timedelta(minutes=10)
"""Messages may be deleted after their time: none is shown for much longer than it is stored."""

_FINAL: Final = frozenset({OutboundState.READ, OutboundState.FAILED, OutboundState.SKIPPED})

_Version = tuple["datetime | None", "MessageKey | None", int]


class LastWords:
    """Safe to call from several threads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._known: OrderedDict[ContactId, tuple[_Version, datetime, Message]] = OrderedDict()

    def of(self, rows: Sequence[Row], now: datetime) -> dict[ContactId, Message]:
        """The newest message of each, as far as there is one."""
        with self._lock:
            known = {row.contact_id: found for row in rows if (found := self._kept(row, now))}
        read = self._shelf.last_words([row for row in rows if row.contact_id not in known])
        with self._lock:
            for row in rows:
                self._keep(row, read.get(row.contact_id), now)
        return known | read

    def _kept(self, row: Row, now: datetime) -> Message | None:
        version, read_at, message = self._known.get(row.contact_id, (None, now, None))
        return message if version == _version(row) and now - read_at < KEPT else None

    def _keep(self, row: Row, message: Message | None, now: datetime) -> None:
        if message is None or not _is_final(message):
            return
        self._known[row.contact_id] = (_version(row), now, message)
        self._known.move_to_end(row.contact_id)
        while len(self._known) > MOST:
            self._known.popitem(last=False)


def _version(row: Row) -> _Version:
    return (row.last_message_at, row.last_message_key, row.message_count)


def _is_final(message: Message) -> bool:
    """Whether a list will show the same of it for ever: what becomes of an answer, it shows."""
    return message.direction is Direction.INBOUND or message.state in _FINAL
