"""Starts: a call's id, the state and the opener in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pynamodb.exceptions import PutError

from conversation.adapters.tables.mapping import found_by, item_of, message_of, state_of
from conversation.adapters.tables.models import KNOWN_IDS_KEPT_S
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import REFUSED, Transaction, code_of, reading
from conversation.contacts import alias_id
from conversation.errors import Transient, Unreadable
from conversation.identifiers import CallId, ContactId
from conversation.renewal import CALL_FIELDS
from conversation.starting import Begun, Changed, Known, Start
from conversation.state import ConversationState

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means

FIRST_START: Final = "first_start"
_CALL: Final = "call"

_WRITTEN: Final = (
    *CALL_FIELDS,
    "calls",
    "context_version",
    "client_name",
    "language",
    "status",
    "reason",
    "last_message_at",
    "opener_at",
)
"""The attributes of the state that a start changes. What it leaves as it was is not written."""

_GUARDED: Final = ("context_version", "opener_at", "last_inbound_at")
"""What the decision was made on: where one is another by now, it is made again."""


def call_key(call_id: CallId) -> str:
    """The key in ``known_ids`` of a call that was started from."""
    return f"call#{call_id}"


class StartsTable(Transacting):
    """A ``conversation.starting.Starts``."""

    def __init__(
        self,
        tables: Tables,
        *,
        shards: int,
        keep_days: int,
        **means: Unpack[Means],
    ) -> None:
        super().__init__(tables, **means)
        self._shards = shards
        self._keep_days = keep_days
        self._first_start: datetime | None = None

    def first_start(self, now: datetime) -> datetime:
        """When this deployment first ran. Never changes, so that it is asked once a process."""
        if self._first_start is None:
            self._first_start = self._read_first_start() or self._record_first_start(now)
        return self._first_start

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""
        item = self._known(alias_id(alias))
        return ContactId(item.contact_id) if item and item.contact_id else None

    def state(self, contact_id: ContactId) -> ConversationState:
        """The state as it is now; a new one for a person we never met."""
        model = self._tables.state
        with reading():
            try:
                return state_of(model.get(contact_id, consistent_read=True))
            except model.DoesNotExist:
                return ConversationState(contact_id=contact_id)

    def find(self, call_id: CallId) -> Known | None:
        """The start that ``call_id`` led to, if it did."""
        item = self._known(call_key(call_id))
        return self._start_of(ContactId(item.contact_id), item.message_key) if item else None

    def begin(self, start: Start) -> Begun | Known | Changed:
        """Store ``start`` where the state still is what it was."""
        transaction = self.transaction()
        self._put_call(transaction, start)
        self._put_opener(transaction, start)
        transaction.update(
            "state",
            self._tables.state(contact_id=start.before.contact_id),
            self._changes(start),
            self._unchanged(start.before),
        )
        refused = transaction.commit()
        if not refused:
            return Begun()
        if _CALL not in refused:
            return Changed()
        known = self.find(start.call_id)
        if known is None:
            raise Transient("a known id is gone", reason="known_id_gone")
        return known

    def _read_first_start(self) -> datetime | None:
        item = self._known(FIRST_START)
        return item.at if item else None

    def _record_first_start(self, now: datetime) -> datetime:
        model = self._tables.known_ids
        with reading():
            try:
                model(id=FIRST_START, at=now).save(model.id.does_not_exist())
            except PutError as error:
                if code_of(error) != REFUSED:
                    raise
                return self._read_first_start() or now
        return now

    def _known(self, key: str) -> Any | None:  # noqa: ANN401 - the model bound to this deployment
        model = self._tables.known_ids
        with reading():
            try:
                return model.get(key, consistent_read=True)
            except model.DoesNotExist:
                return None

    def _start_of(self, contact_id: ContactId, key: str) -> Known:
        model = self._tables.messages
        with reading():
            try:
                item = model.get(contact_id, key, consistent_read=True)
                return Known(contact_id, message_of(item))
            except (model.DoesNotExist, Unreadable):  # messages may be kept for less long
                return Known(contact_id, None)

    def _put_call(self, transaction: Transaction, start: Start) -> None:
        model, opener = self._tables.known_ids, start.opener
        item = model(
            id=call_key(start.call_id),
            contact_id=opener.contact_id,
            message_key=opener.message_key,
            at=opener.sent_at,
            expires_at=int(opener.sent_at.timestamp()) + KNOWN_IDS_KEPT_S,
        )
        transaction.put(_CALL, item, model.id.does_not_exist())

    def _put_opener(self, transaction: Transaction, start: Start) -> None:
        model, opener = self._tables.messages, start.opener
        until = opener.sent_at + timedelta(days=self._keep_days) if self._keep_days else None
        item = item_of(model, opener, shards=self._shards, keep_until=until)
        transaction.put("opener", item, model.message_key.does_not_exist())

    def _changes(self, start: Start) -> list[Action]:
        model, before, after = self._tables.state, start.before, start.after
        changed = [n for n in _WRITTEN if getattr(after, n) != getattr(before, n)]
        changes = [self._change(name, getattr(after, name)) for name in changed]
        if "client_name" in changed and after.client_name:
            changes += found_by(model, after.client_name)
        if "status" not in changed:  # nobody may have given the item one yet
            changes.append(model.status.set(model.status | after.status))
        for name in ("started_at", "address", "phone_number"):
            attribute = getattr(model, name)
            changes.append(attribute.set(attribute | getattr(after, name)))
        counted = after.message_count - before.message_count
        last = model.last_message_key.set(start.opener.message_key)
        return [*changes, model.message_count.add(counted), last]

    def _change(self, name: str, value: object) -> Action:
        attribute = getattr(self._tables.state, name)
        if value is None:
            return attribute.remove()  # type: ignore[no-any-return]  # an attribute by its name
        plain = list(value) if isinstance(value, tuple) else value
        return attribute.set(plain)  # type: ignore[no-any-return]  # as above

    def _unchanged(self, before: ConversationState) -> Condition:
        model = self._tables.state
        if before.opted_out:
            condition: Condition = model.opted_out == True  # noqa: E712 - a DynamoDB expression
        else:
            said_not: Condition = model.opted_out == False  # noqa: E712 - as above
            condition = model.opted_out.does_not_exist() | said_not
        for name in _GUARDED:
            attribute, value = getattr(model, name), getattr(before, name)
            condition &= attribute == value if value else attribute.does_not_exist()
        return condition
