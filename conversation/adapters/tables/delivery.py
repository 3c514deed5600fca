"""What became of a message at Twilio, written down: forward only, and once.

Callbacks come unordered, twice or not at all, and race with the sender's own record. Each write
is conditional on the states from which the table of transitions allows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.mapping import (
    dead_of,
    item_of,
    message_of,
    said_instead,
    state_of,
)
from conversation.adapters.tables.poison import readable
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import Transaction, reading, updated
from conversation.errors import Unreadable
from conversation.messages import OutboundState, sources_of
from conversation.state import ConversationState, Status

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import MessageItem
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.delivery import Aftermath
    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.messages import Message

_ARRIVED: Final = frozenset({OutboundState.DELIVERED, OutboundState.READ})
_RECENT: Final = 25


class DeliveryTable(Transacting):
    """What the sender and ``delivery_status`` write of messages on their way."""

    def __init__(
        self,
        tables: Tables,
        *,
        shards: int,
        **means: Unpack[Means],
    ) -> None:
        super().__init__(tables, **means)
        self._shards = shards

    def find(self, contact_id: ContactId, key: MessageKey) -> Message | None:
        """The message, as it is now; ``None`` also for one that cannot be read."""
        model = self._tables.messages
        with reading():
            try:
                return message_of(model.get(contact_id, key, consistent_read=True))
            except (model.DoesNotExist, Unreadable):
                return None

    def recent(self, contact_id: ContactId) -> tuple[Message, ...]:
        """The newest messages of a contact, the newest first."""
        newest_first = self._tables.messages.query(
            contact_id, consistent_read=True, scan_index_forward=False, limit=_RECENT
        )
        with reading():
            return tuple(readable(newest_first))

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The state of the conversation; one that no one ever wrote has the defaults."""
        model = self._tables.state
        with reading():
            try:
                return state_of(model.get(contact_id, consistent_read=True))
            except model.DoesNotExist:
                return ConversationState(contact_id=contact_id)

    def advance(
        self, message: Message, state: OutboundState, sid: MessageSid, now: datetime
    ) -> bool:
        """Bring ``message`` forward to ``state`` and bind ``sid`` to it.

        ``False``: it stands further already, or under another sid, and nothing was written.
        """
        model = self._tables.messages
        changes = [*self._finished(state), model.twilio_message_id.set(sid)]
        if state in _ARRIVED:
            changes.append(model.delivered_at.set(model.delivered_at | now))
        return updated(self._item(message), changes, self._may_be(state, sid))

    def fail(
        self,
        message: Message,
        after: Aftermath,
        *,
        now: datetime,
        sid: MessageSid | None = None,
        claim: str | None = None,
    ) -> bool:
        """Write that ``message`` failed, and in the same transaction all that follows from it.

        That is: the successor, put if absent, as the last that was said, which counts as one
        message with the failed one; the person opted out; the operators' attention where something
        must be mended. With ``claim`` only while that claim
        holds it; with ``sid`` only while it has no other sid. ``False``: it stands elsewhere now,
        and nothing was written.
        """
        with_successor = after.successor is not None
        with_attention = after.opts_out or after.alarms
        while True:
            transaction = self.transaction()
            self._put_failure(transaction, message, after, now, sid, claim)
            if with_successor and after.successor is not None:
                self._put_successor(transaction, after.successor, now)
            if with_attention:
                self._tell(transaction, message.contact_id, after, now)
            refused = transaction.commit()
            if not refused:
                return True
            if "message" in refused:
                return False
            # The successor exists, or the person left in the meantime: done already, go on.
            with_successor = with_successor and "successor" not in refused
            with_attention = with_attention and "state" not in refused

    def _put_failure(
        self,
        transaction: Transaction,
        message: Message,
        after: Aftermath,
        now: datetime,
        sid: MessageSid | None,
        claim: str | None,
    ) -> None:
        model = self._tables.messages
        changes = [*self._finished(OutboundState.FAILED), model.reason.set(after.fault.reason)]
        if after.successor is None:
            buried = model.pending.set(dead_of(message.contact_id, self._shards))
            changes = [changes[0], buried, model.pending_since.set(now), changes[-1]]
        condition = self._may_be(OutboundState.FAILED, sid)
        if sid is not None:
            changes.append(model.twilio_message_id.set(sid))
        if claim is not None:
            condition = condition & (model.claim == claim)
        transaction.update("message", self._item(message), changes, condition)

    def _put_successor(self, transaction: Transaction, successor: Message, now: datetime) -> None:
        model, state = self._tables.messages, self._tables.state
        item = item_of(model, successor, shards=self._shards)
        transaction.put("successor", item, model.message_key.does_not_exist())
        # What has a successor asks for nobody's attention: the state is written once.
        changes = said_instead(state, now, successor)
        transaction.update("said", state(successor.contact_id), changes)

    def _tell(
        self, transaction: Transaction, contact_id: ContactId, after: Aftermath, now: datetime
    ) -> None:
        """An opt-out always stands; attention is asked for only where there is no opt-out."""
        model = self._tables.state
        last_message_at = model.last_message_at.set(model.last_message_at | now)
        if after.opts_out:
            changes = [model.opted_out.set(True), model.status.set(Status.OPTED_OUT)]
            condition = None
        else:
            reason = model.reason.set(after.fault.reason)
            changes = [model.status.set(Status.NEEDS_ATTENTION), reason]
            said_not: Condition = model.opted_out == False  # noqa: E712 - a DynamoDB expression
            condition = model.opted_out.does_not_exist() | said_not
        item = model(contact_id=contact_id)
        transaction.update("state", item, [*changes, last_message_at], condition)

    def _finished(self, state: OutboundState) -> list[Action]:
        model = self._tables.messages
        return [model.state.set(state), model.pending.remove(), model.pending_since.remove()]

    def _may_be(self, state: OutboundState, sid: MessageSid | None) -> Condition:
        model = self._tables.messages
        condition: Condition = model.state.is_in(*sorted(sources_of(state)))
        if sid is not None:
            unbound: Condition = model.twilio_message_id.does_not_exist()
            former: Condition = model.former_sids.contains(sid)
            condition = condition & (unbound | (model.twilio_message_id == sid)) & ~former
        return condition

    def _item(self, message: Message) -> MessageItem:
        return self._tables.messages(message.contact_id, message.message_key)
