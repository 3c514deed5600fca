"""What the operators' panel reads: keys and indexes, a page at a time. Nothing here scans."""

from __future__ import annotations

import base64
import binascii
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.tables.aliases import behind
from conversation.adapters.tables.mapping import state_of
from conversation.adapters.tables.poison import readable
from conversation.adapters.tables.transactions import reading
from conversation.errors import Refused
from conversation.identifiers import ContactId, MessageKey
from conversation.names import folded
from conversation.overview import COUNTED_UP_TO, Page, Row, Socket, SocketEvent
from conversation.state import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conversation.adapters.tables.models import StateItem
    from conversation.adapters.tables.operator_models import SocketEventItem
    from conversation.adapters.tables.tables import Tables
    from conversation.messages import Message
    from conversation.state import ConversationState

_AT_ONCE: Final = 8
_LONGEST_KEY: Final = 256


class PanelTable:
    """Reads only. Indexes may lag behind by a moment; one person is read consistently."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of_status(self, status: Status, *, limit: int, cursor: str | None = None) -> Page[Row]:
        """Conversations of one status, the latest message first."""
        index = self._tables.state.by_status
        start = _opened(cursor, "last_message_at", status=status.value)
        with reading():
            found = index.query(
                status.value, scan_index_forward=False, limit=limit, last_evaluated_key=start
            )
            rows = tuple(_row(item, status) for item in found)
        return Page(rows, _closed(found.last_evaluated_key))

    def of_batch(self, batch_id: str, *, limit: int, cursor: str | None = None) -> Page[Row]:
        """The conversations that a batch of calls led to, by recipient."""
        index = self._tables.state.by_batch
        start = _opened(cursor, "recipient_id", batch_id=batch_id)
        with reading():
            found = index.query(batch_id, limit=limit, last_evaluated_key=start)
            rows = tuple(_row(item) for item in found)
        return Page(rows, _closed(found.last_evaluated_key))

    def named(self, prefix: str, *, limit: int, cursor: str | None = None) -> Page[ContactId]:
        """Whose name begins so, folded, in the order of names."""
        wanted, model = folded(prefix), self._tables.state
        if not wanted:
            return Page(())
        start = _opened(cursor, "name_folded", name_initial=wanted[:1])
        with reading():
            found = model.by_name.query(
                wanted[:1],
                model.name_folded.startswith(wanted),
                limit=limit,
                last_evaluated_key=start,
            )
            contacts = tuple(ContactId(item.contact_id) for item in found)
        return Page(contacts, _closed(found.last_evaluated_key))

    def count(self, status: Status) -> int:
        """How many have the status; ``COUNTED_UP_TO`` stands for more."""
        with reading():
            return int(self._tables.state.by_status.count(status.value, limit=COUNTED_UP_TO))

    def waiting(self, shards: int, before: datetime, *, limit: int) -> dict[ContactId, datetime]:
        """Who wrote before ``before`` and is unanswered, and since when (the index may lag)."""
        found: dict[ContactId, datetime] = {}
        model = self._tables.messages
        with reading():
            for shard in range(shards):
                late = model.unfinished.query(
                    f"in#{shard}", model.pending_since < before, limit=limit
                )
                for item in late:
                    contact_id = ContactId(item.contact_id)
                    since = found.get(contact_id, item.pending_since)
                    found[contact_id] = min(since, item.pending_since)
        return found

    def rows(self, contacts: Iterable[ContactId]) -> list[Row]:
        """These contacts, in this order, as a list shows them; who is gone is left out."""
        with reading():
            wanted = list(contacts)
            found = {item.contact_id: item for item in self._tables.state.batch_get(wanted)}
        return [_row(found[each]) for each in wanted if each in found]

    def last_words(self, rows: Sequence[Row]) -> dict[ContactId, Message]:
        """The last message of each, all at once by their keys.

        One whose key is not known (it was stored by a release before) is looked for by a query.
        """
        known = [(row.contact_id, row.last_message_key) for row in rows if row.last_message_key]
        unknown = [row.contact_id for row in rows if not row.last_message_key]
        with reading():
            found = list(readable(self._tables.messages.batch_get(known))) if known else []
        if unknown:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for newest in pool.map(partial(self._newest, limit=1), unknown):
                    found += newest
        return {message.contact_id: message for message in found}

    def state(self, contact_id: ContactId) -> ConversationState | None:
        """The conversation with one contact, or with the one behind this alias."""
        model = self._tables.state
        with reading():
            try:
                return state_of(model.get(contact_id, consistent_read=True))
            except model.DoesNotExist:
                return self._behind(contact_id)

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""
        return behind(self._tables, alias)

    def messages(
        self, contact_id: ContactId, *, limit: int, before: MessageKey | None = None
    ) -> list[Message]:
        """The newest messages older than ``before``, oldest first."""
        return self._newest(contact_id, limit=limit, before=before)[::-1]

    def events_of(self, contact_id: ContactId, shard: int, since: datetime) -> list[SocketEvent]:
        """What happened on one contact's sockets, oldest first."""
        model = self._tables.socket_events
        with reading():
            found = model.query(
                str(shard),
                model.at >= since.isoformat(),
                filter_condition=model.contact_id == contact_id,
                scan_index_forward=False,
                limit=100,
            )
            return [_event(item) for item in found][::-1]

    def events(self, shard: int, *, limit: int) -> list[SocketEvent]:
        """What happened on a shard's sockets, the newest first."""
        with reading():
            found = self._tables.socket_events.query(
                str(shard), scan_index_forward=False, limit=limit
            )
            return [_event(item) for item in found]

    def sockets(self, shard: int, *, limit: int, cursor: str | None = None) -> Page[Socket]:
        """The open sockets of a shard, those open the longest first."""
        start = _opened(cursor, "session_opened_at", open_on=str(shard))
        with reading():
            found = self._tables.state.open_sockets.query(
                str(shard), limit=limit, last_evaluated_key=start
            )
            sockets = tuple(_socket(item, shard) for item in found)
        return Page(sockets, _closed(found.last_evaluated_key))

    def count_sockets(self, shard: int) -> int:
        """How many are open on a shard, up to ``COUNTED_UP_TO``."""
        with reading():
            return int(self._tables.state.open_sockets.count(str(shard), limit=COUNTED_UP_TO))

    def _newest(
        self, contact_id: ContactId, *, limit: int, before: MessageKey | None = None
    ) -> list[Message]:
        model = self._tables.messages
        older = model.message_key < before if before else None
        with reading():
            found = model.query(contact_id, older, scan_index_forward=False, limit=limit)
            return list(readable(found))

    def _behind(self, alias: ContactId) -> ConversationState | None:
        contact_id, model = self.behind(alias), self._tables.state
        try:
            return state_of(model.get(contact_id, consistent_read=True)) if contact_id else None
        except model.DoesNotExist:
            return None


def _opened(cursor: str | None, sorted_by: str, **keys: str) -> dict[str, Any] | None:
    """The key that a cursor stands for: of an index by ``keys``, then ``sorted_by``.

    Raises ``Refused`` for one that is not this list's: visitors may change what they bring.
    """
    if not cursor:
        return None
    try:
        key: Any = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        texts = {name: value["S"] for name, value in key.items() if len(value) == 1}
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise Refused("this is no place in a list of ours", reason="bad_cursor") from error
    whole = texts.keys() == key.keys() == {"contact_id", sorted_by, *keys}
    if not whole or not all(map(_is_key, texts.values())) or not keys.items() <= texts.items():
        raise Refused("this is a place in another list", reason="bad_cursor")
    return dict(key)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY


def _closed(key: dict[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def _row(item: StateItem, status: Status | None = None) -> Row:
    return Row(
        contact_id=ContactId(item.contact_id),
        status=status or Status(item.status or Status.ACTIVE),
        client_name=item.client_name,
        phone_number=item.phone_number,
        agent_id=item.agent_id,
        message_count=int(item.message_count or 0),
        last_message_at=item.last_message_at,
        last_message_key=MessageKey(item.last_message_key) if item.last_message_key else None,
        last_inbound_at=item.last_inbound_at,
        opted_out=bool(item.opted_out),
        reason=item.reason,
    )


def _socket(item: StateItem, shard: int) -> Socket:
    return Socket(
        contact_id=ContactId(item.contact_id),
        phone_number=item.phone_number,
        agent_id=item.agent_id,
        session=item.elevenlabs_conversation_id,
        shard=shard,
        epoch=int(item.epoch or 0),
        opened_at=item.session_opened_at,
    )


def _event(item: SocketEventItem) -> SocketEvent:
    return SocketEvent(
        at=datetime.fromisoformat(item.at.partition("#")[0]),
        shard=int(item.shard),
        event=item.event,
        contact_id=item.contact_id,
        session=item.session,
        reason=item.reason,
        code=None if item.code is None else int(item.code),
        connector=item.connector,
    )
