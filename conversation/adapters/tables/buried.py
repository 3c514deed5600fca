"""Messages that failed for good, as an operator lists, replays and drops them.

They stand in the ``pending`` index under ``dead#<shard>``: nothing scans, and the item decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.mapping import message_of, pending_of, state_of
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import Transaction, reading
from conversation.dead_letters import Buried, is_buried
from conversation.errors import Unreadable
from conversation.identifiers import ContactId, MessageKey
from conversation.messages import Direction, InboundState, Message, OutboundState
from conversation.state import ConversationState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import MessageItem
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means

_DEAD: Final = {
    Direction.INBOUND: (InboundState.FAILED, InboundState.EXPIRED),
    Direction.OUTBOUND: (OutboundState.FAILED, OutboundState.UNSURE),
}
_MOST: Final = 10_000
"""Of one shard: more are listed when these have been seen to."""


class BuriedTable(Transacting):
    """Blocking. Raises ``Transient`` where the table does not answer."""

    def __init__(
        self,
        tables: Tables,
        *,
        shards: int,
        **means: Unpack[Means],
    ) -> None:
        super().__init__(tables, **means)
        self._shards = shards

    def all(self) -> Iterator[Buried]:
        """Every one of them, shard by shard, the oldest first."""
        model = self._tables.messages
        for shard in range(self._shards):
            with reading():
                for hint in model.unfinished.query(f"dead#{shard}", limit=_MOST):
                    found = self.find(ContactId(hint.contact_id), MessageKey(hint.message_key))
                    if found is not None:
                        yield found

    def find(self, contact_id: ContactId, key: MessageKey) -> Buried | None:
        """One of them; ``None`` for what is not dead, or not there."""
        item = self._item(contact_id, key)
        return None if item is None else as_buried(item)

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The conversation that it belongs to."""
        model = self._tables.state
        with reading():
            try:
                return state_of(model.get(contact_id, consistent_read=True))
            except model.DoesNotExist:
                return ConversationState(contact_id=contact_id)

    def replay(self, buried: Sequence[Buried], now: datetime) -> bool:
        """Let messages of one contact be sent, or asked, again under their old keys: all or none.

        ``False``: one of them stands otherwise by now, or the person has opted out.
        """
        transaction = self.transaction()
        for each in buried:
            changes = self._sent_again(each, now)
            if each.direction is Direction.INBOUND:
                changes = self._asked_again(each, now)
            self._update(transaction, each, changes)
        model = self._tables.state
        said_not: Condition = model.opted_out == False  # noqa: E712 - a DynamoDB expression
        transaction.update(
            "state",
            model(contact_id=buried[0].contact_id),
            [model.status.set(Status.ACTIVE), model.reason.remove()],
            model.opted_out.does_not_exist() | said_not,
        )
        return not transaction.commit()

    def drop(self, buried: Buried) -> bool:
        """Take it out of the list. It stays as it is, with its reason."""
        model = self._tables.messages
        transaction = self.transaction()
        self._update(transaction, buried, [model.pending.remove(), model.pending_since.remove()])
        return not transaction.commit()

    def unpark(self, contact_id: ContactId, key: MessageKey, now: datetime) -> bool:
        """Let an item that could not be read be read anew. ``False``: it is not there."""
        item, model = self._item(contact_id, key), self._tables.messages
        if item is None:
            return False
        side = Direction.INBOUND if item.direction == Direction.INBOUND else Direction.OUTBOUND
        pending = model.pending.set(pending_of(side, contact_id, self._shards))
        changes = [model.parked.remove(), pending, model.pending_since.set(now)]
        transaction = self.transaction()
        there = model.contact_id.exists()
        transaction.update("message", model(contact_id, key), changes, there)
        return not transaction.commit()

    def turn_of(self, buried: Buried) -> list[Buried]:
        """All that was asked with it and failed with it: a turn is asked again as it was."""
        if buried.goes_with is None:
            return [buried]
        _, turn = buried.goes_with
        model = self._tables.messages
        with reading():
            items = list(
                model.query(
                    buried.contact_id,
                    model.message_key <= turn,
                    filter_condition=model.turn == turn,
                    consistent_read=True,
                )
            )
        keys = [MessageKey(item.message_key) for item in items]
        found = (self.find(buried.contact_id, key) for key in keys)
        return [one for one in found if one and one.direction is Direction.INBOUND] or [buried]

    def _sent_again(self, buried: Buried, now: datetime) -> list[Action]:
        model = self._tables.messages
        item = self._item(buried.contact_id, buried.key)
        sid = item.twilio_message_id if item else None
        # Twilio may still report on the sending that failed: such reports are of no account.
        former = [model.former_sids.add({sid})] if sid else []
        return [
            model.state.set(OutboundState.PENDING),
            *self._waiting(buried, now),
            *former,
            model.sent_at.set(now),
            model.twilio_message_id.remove(),
            model.claim.remove(),
            model.claimed_at.remove(),
        ]

    def _asked_again(self, buried: Buried, now: datetime) -> list[Action]:
        model = self._tables.messages
        return [
            model.state.set(InboundState.NEW),
            *self._waiting(buried, now),
            model.turn.remove(),
        ]

    def _waiting(self, buried: Buried, now: datetime) -> list[Action]:
        model = self._tables.messages
        return [
            model.pending.set(pending_of(buried.direction, buried.contact_id, self._shards)),
            model.pending_since.set(now),
            model.attempts.remove(),
            model.reason.remove(),
        ]

    def _update(self, transaction: Transaction, buried: Buried, changes: Sequence[Action]) -> None:
        model = self._tables.messages
        dead: Condition = model.state.is_in(*_DEAD[buried.direction])
        listed: Condition = model.pending.startswith("dead#")
        item = model(buried.contact_id, buried.key)
        transaction.update(f"message:{buried.key}", item, changes, dead & listed)

    def _item(self, contact_id: ContactId, key: MessageKey) -> MessageItem | None:
        model = self._tables.messages
        with reading():
            try:
                return model.get(contact_id, key, consistent_read=True)
            except model.DoesNotExist:
                return None


def as_buried(item: MessageItem) -> Buried | None:
    """What an item says of a dead message; ``None`` for one that is not dead, or unreadable."""
    if not (item.pending or "").startswith("dead#"):
        return None
    try:
        message = message_of(item)
    except Unreadable:
        return None
    return (
        _buried(message, item.pending_since) if is_buried(message.state, message.reason) else None
    )


def _buried(message: Message, since: datetime) -> Buried:
    return Buried(
        contact_id=message.contact_id,
        key=message.message_key,
        direction=message.direction,
        kind=message.kind,
        state=message.state,
        reason=message.reason or "unknown",
        attempts=message.attempts,
        since=since,
        turn=message.turn,
        templated=message.content_sid is not None,
    )
