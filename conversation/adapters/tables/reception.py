"""Messages that people send, as they are stored: once, and together with what they change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.aliases import behind
from conversation.adapters.tables.mapping import found_by, item_of
from conversation.adapters.tables.models import KNOWN_IDS_KEPT_S
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import Transaction, reading
from conversation.contacts import alias_id
from conversation.errors import Transient
from conversation.identifiers import ContactId, MessageKey
from conversation.reception import Arrival, Otherwise, Repeated, Standing, Stored
from conversation.state import Status

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import StateItem
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.messages import Message

_SID: Final = "sid"


class ReceptionTable(Transacting):
    """A ``conversation.reception.Store``."""

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

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""
        return behind(self._tables, alias)

    def standing(
        self, contact_id: ContactId, elsewhere: ContactId | None, at: datetime
    ) -> Standing:
        """How the conversation stands, for a message that came at ``at``."""
        other = self._state(elsewhere) if elsewhere else None
        left_elsewhere = bool(other.opted_out) if other else None
        item = self._state(contact_id)
        if item is None:
            return Standing(left_elsewhere=left_elsewhere)
        newest: datetime | None = item.last_inbound_at
        later = newest if newest is not None and newest > at else None
        return Standing(bool(item.opted_out), item.language, later, left_elsewhere)

    def _state(self, contact_id: ContactId) -> StateItem | None:
        model = self._tables.state
        with reading():
            try:
                return model.get(contact_id, consistent_read=True)
            except model.DoesNotExist:
                return None

    def keep(self, arrival: Arrival, standing: Standing) -> Stored | Repeated | Otherwise:
        """Store it where the conversation stands so; raises ``Transient``."""
        transaction = self.transaction()
        self._put_sid(transaction, arrival)
        self._put_message(transaction, "message", arrival.message)
        if arrival.notice is not None:
            self._put_message(transaction, "notice", arrival.notice)
        if arrival.alias is not None:
            self._point(transaction, arrival.alias, arrival.message)
        transaction.update(
            "state",
            self._tables.state(contact_id=arrival.message.contact_id),
            self._changes(arrival, standing),
            self._stands(standing, arrival.message.sent_at),
        )
        if arrival.elsewhere is not None:
            self._see_to_other(transaction, arrival.elsewhere, arrival.opted_out, standing)
        refused = transaction.commit()
        if _SID in refused:
            return self._first(arrival)
        return Otherwise() if refused else Stored()

    def _put_sid(self, transaction: Transaction, arrival: Arrival) -> None:
        model, message = self._tables.known_ids, arrival.message
        item = model(
            id=arrival.sid,
            contact_id=message.contact_id,
            message_key=message.message_key,
            at=message.sent_at,
            expires_at=int(message.sent_at.timestamp()) + KNOWN_IDS_KEPT_S,
        )
        transaction.put(_SID, item, model.id.does_not_exist())

    def _put_message(self, transaction: Transaction, label: str, message: Message) -> None:
        model = self._tables.messages
        until = message.sent_at + timedelta(days=self._keep_days) if self._keep_days else None
        item = item_of(model, message, shards=self._shards, keep_until=until)
        transaction.put(label, item, model.message_key.does_not_exist())

    def _point(self, transaction: Transaction, alias: ContactId, message: Message) -> None:
        """The first contact that an alias points to keeps it: its conversation is there."""
        model = self._tables.known_ids
        kept_until = int(message.sent_at.timestamp()) + KNOWN_IDS_KEPT_S
        transaction.update(
            "alias",
            model(id=alias_id(alias)),
            [
                model.contact_id.set(model.contact_id | message.contact_id),
                model.at.set(model.at | message.sent_at),
                model.expires_at.set(kept_until),
            ],
        )

    def _changes(self, arrival: Arrival, standing: Standing) -> list[Action]:
        model, at = self._tables.state, arrival.message.sent_at
        changes: list[Action] = [
            model.address.set(arrival.address),
            model.started_at.set(model.started_at | at),
            model.message_count.add(2 if arrival.notice else 1),
        ]
        if arrival.alias:
            changes.append(model.elsewhere.set(arrival.alias))
        if arrival.phone_number:
            changes.append(model.phone_number.set(arrival.phone_number))
        if arrival.profile_name:
            name = arrival.profile_name
            changes.append(model.profile_name.set(name))
            changes.append(model.client_name.set(model.client_name | name))
            changes += found_by(model, name, keep=True)
        if standing.newest_inbound_at is None:
            last = arrival.notice or arrival.message
            changes += [
                model.last_inbound_at.set(at),
                model.last_message_at.set(at),
                model.last_message_key.set(last.message_key),
            ]
        return changes + self._choice(arrival, standing)

    def _choice(self, arrival: Arrival, standing: Standing) -> list[Action]:
        """Whoever writes makes the conversation active, unless they left it, or do so now."""
        model = self._tables.state
        leaves = standing.opted_out if arrival.opted_out is None else arrival.opted_out
        changes: list[Action] = [model.status.set(Status.OPTED_OUT if leaves else Status.ACTIVE)]
        if arrival.opted_out is not None:
            changes.append(model.opted_out.set(arrival.opted_out))
        return changes

    def _see_to_other(
        self,
        transaction: Transaction,
        elsewhere: ContactId,
        opted_out: bool | None,  # noqa: FBT001 - as the arrival has it
        standing: Standing,
    ) -> None:
        """A choice is the person's: it holds for what began under the other address as well."""
        model, begun = self._tables.state, standing.left_elsewhere is not None
        unchanged = self._chose(left=bool(standing.left_elsewhere))
        if opted_out is None or not begun:
            transaction.check("elsewhere", model, (elsewhere, None), unchanged)
            return
        status = Status.OPTED_OUT if opted_out else Status.ACTIVE
        changes = [model.opted_out.set(opted_out), model.status.set(status)]
        transaction.update("elsewhere", model(contact_id=elsewhere), changes, unchanged)

    def _stands(self, standing: Standing, at: datetime) -> Condition:
        """What the decision was made on still holds: law 2's record is never made on hearsay."""
        model, choice = self._tables.state, self._chose(left=standing.opted_out)
        if standing.newest_inbound_at is not None:
            return choice
        newest: Condition = model.last_inbound_at.does_not_exist() | (model.last_inbound_at <= at)
        both: Condition = choice & newest
        return both

    def _chose(self, *, left: bool) -> Condition:
        model = self._tables.state
        if left:
            has_left: Condition = model.opted_out == True  # noqa: E712 - a DynamoDB expression
            return has_left
        said_not: Condition = model.opted_out == False  # noqa: E712 - as above
        stayed: Condition = model.opted_out.does_not_exist() | said_not
        return stayed

    def _first(self, arrival: Arrival) -> Repeated:
        """Under which key the message is known. It was put in the transaction that refused us."""
        model = self._tables.known_ids
        with reading():
            try:
                item = model.get(arrival.sid, consistent_read=True)
            except model.DoesNotExist as error:  # its time to live ended just now
                raise Transient("a known id is gone", reason="known_id_gone") from error
        return Repeated(ContactId(item.contact_id), MessageKey(item.message_key))
