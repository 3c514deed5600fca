"""What is to be sent, as the sender claims it and writes down what became of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.mapping import dead_of, state_of
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import Transaction, reading, updated
from conversation.messages import OutboundState, sources_of
from conversation.outbox import Desk
from conversation.state import ConversationState, Status
from conversation.window import MARGIN, WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import MessageItem
    from conversation.adapters.tables.poison import Poison
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.messages import Message
    from conversation.outbox import Needs


LEAST_READ: Final = 25
"""Messages read at least: an earlier one whose doorbell was lost is seen with the later ones."""


class OutboxTable(Transacting):
    """A ``deliver.Outbox``."""

    def __init__(
        self,
        tables: Tables,
        *,
        shards: int,
        poison: Poison,
        **means: Unpack[Means],
    ) -> None:
        super().__init__(tables, **means)
        self._shards = shards
        self._poison = poison

    def open(self, contact_id: ContactId, oldest: MessageKey) -> Desk:
        """The contact as it is now, back to ``oldest``: both reads at once, in the time of one."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            state = beside.submit(self._state, contact_id)
            return Desk(messages=self._messages(contact_id, oldest), state=state.result())

    def claim(self, message: Message, claim: str, needs: Needs, now: datetime) -> bool:
        """Make ``message`` ours to send, where the conversation still allows it.

        ``False``: it does not, or someone else was faster; read again. Conditions on what is
        stored, and not on what was read, are what no opt-out can slip through.
        """
        model, state = self._tables.messages, self._tables.state
        transaction = self.transaction()
        allowed = self._allowed(needs, now)
        if allowed is not None:
            transaction.check("state", state, (message.contact_id, None), allowed)
        transaction.update(
            "message",
            self._item(message),
            [
                model.state.set(OutboundState.CLAIMED),
                model.claim.set(claim),
                model.claimed_at.set(now),
                *([model.sent_to.set(message.sent_to)] if message.sent_to else []),
            ],
            model.state == OutboundState.PENDING,
        )
        return not transaction.commit()

    def release(self, message: Message, claim: str) -> bool:
        """Give back what Twilio surely did not take."""
        model = self._tables.messages
        changes = [
            model.state.set(OutboundState.PENDING),
            model.claim.remove(),
            model.claimed_at.remove(),
        ]
        return self._write(message, changes, self._held(claim))

    def sent(self, message: Message, sid: MessageSid, now: datetime) -> bool:
        """Record that Twilio took it under ``sid``. ``False``: it stands further, or elsewhere."""
        model = self._tables.messages
        unbound: Condition = model.twilio_message_id.does_not_exist()
        sources: Condition = model.state.is_in(*sorted(sources_of(OutboundState.SENT)))
        changes = [
            *self._finished(OutboundState.SENT),
            model.twilio_message_id.set(sid),
            model.sent_at.set(now),
        ]
        return self._write(message, changes, sources & (unbound | (model.twilio_message_id == sid)))

    def skip(self, message: Message, reason: str) -> bool:
        """Record that it is never to be sent."""
        model = self._tables.messages
        changes = [*self._finished(OutboundState.SKIPPED), model.reason.set(reason)]
        return self._write(message, changes, model.state == OutboundState.PENDING)

    def take_over(self, message: Message, claim: str) -> bool:
        """Record that it was looked for: the claim is ours now."""
        model = self._tables.messages
        return self._write(message, [model.claim.set(claim)], self._held(message.claim))

    def resend(self, message: Message) -> bool:
        """Let it be sent anew: it was looked for, and is nowhere."""
        model = self._tables.messages
        changes = [
            model.state.set(OutboundState.PENDING),
            model.attempts.set(message.attempts + 1),
            model.claim.remove(),
            model.claimed_at.remove(),
        ]
        return self._write(message, changes, self._held(message.claim))

    def unsure(self, message: Message, reason: str) -> bool:
        """Leave it to a person whether it is sent anew, and show the conversation to them."""
        model, with_attention = self._tables.messages, True
        buried = [
            model.state.set(OutboundState.UNSURE),
            model.pending.set(dead_of(message.contact_id, self._shards)),
            model.reason.set(reason),
        ]
        while True:
            transaction = self.transaction()
            transaction.update("message", self._item(message), buried, self._held(message.claim))
            if with_attention:
                self._ask_for_attention(transaction, message.contact_id, reason)
            refused = transaction.commit()
            if refused != {"state"}:
                return not refused
            with_attention = False  # the person opted out: that is what their list must show

    def _state(self, contact_id: ContactId) -> ConversationState:
        model = self._tables.state
        with reading():
            try:
                return state_of(model.get(contact_id, consistent_read=True))
            except model.DoesNotExist:
                return ConversationState(contact_id=contact_id)

    def _messages(self, contact_id: ContactId, oldest: MessageKey) -> tuple[Message, ...]:
        found: list[Message] = []
        newest_first = self._tables.messages.query(
            contact_id, consistent_read=True, scan_index_forward=False, page_size=LEAST_READ
        )
        with reading():
            for item in newest_first:
                if len(found) >= LEAST_READ and item.message_key < oldest:
                    break
                message = self._poison.read(item)
                found += [message] if message else []
        return tuple(found)

    def _allowed(self, needs: Needs, now: datetime) -> Condition | None:
        model = self._tables.state
        condition: Condition | None = None
        if needs.consent:
            said_not: Condition = model.opted_out == False  # noqa: E712 - a DynamoDB expression
            condition = _both(condition, model.opted_out.does_not_exist() | said_not)
        if needs.no_pause:
            over: Condition = model.paused_until <= now
            condition = _both(condition, model.paused_until.does_not_exist() | over)
        if needs.open_window:
            condition = _both(condition, model.last_inbound_at > now - (WINDOW - MARGIN))
        return condition

    def _ask_for_attention(
        self, transaction: Transaction, contact_id: ContactId, reason: str
    ) -> None:
        model = self._tables.state
        changes = [model.status.set(Status.NEEDS_ATTENTION), model.reason.set(reason)]
        said_not: Condition = model.opted_out == False  # noqa: E712 - a DynamoDB expression
        condition = model.opted_out.does_not_exist() | said_not
        transaction.update("state", model(contact_id=contact_id), changes, condition)

    def _held(self, claim: str | None) -> Condition:
        model = self._tables.messages
        claimed: Condition = model.state == OutboundState.CLAIMED
        ours = model.claim == claim if claim else model.claim.does_not_exist()
        both: Condition = claimed & ours
        return both

    def _finished(self, state: OutboundState) -> list[Action]:
        model = self._tables.messages
        return [model.state.set(state), model.pending.remove(), model.pending_since.remove()]

    def _write(self, message: Message, changes: Sequence[Action], condition: Condition) -> bool:
        return updated(self._item(message), changes, condition)

    def _item(self, message: Message) -> MessageItem:
        return self._tables.messages(message.contact_id, message.message_key)


def _both(one: Condition | None, other: Condition) -> Condition:
    return other if one is None else one & other
