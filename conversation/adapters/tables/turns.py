"""Turns as the owner of a shard commits them. The laws are in design section 3.

A turn's set of messages never changes once it is asked; an answer's items are put only where
their keys are free; what was answered is never answered again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.asking import asking, may_ask, not_true
from conversation.adapters.tables.mapping import (
    dead_of,
    item_of,
    message_of,
    said,
)
from conversation.adapters.tables.transactions import reading
from conversation.answers import Answer, Standing, parts_of
from conversation.dead_letters import is_buried
from conversation.errors import Transient
from conversation.identifiers import MessageKey
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    Notice,
    OutboundState,
    notice_key,
)
from conversation.state import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.fence import Fence, Owner
    from conversation.adapters.tables.models import MessageItem
    from conversation.adapters.tables.transactions import Transaction
    from conversation.identifiers import SessionId, TurnKey
    from conversation.turns import Counted, Turn

_ATTEMPTS: Final = 5


class TurnTable:
    """Blocking: to be called off the loop."""

    def __init__(self, fence: Fence, *, shards: int) -> None:
        self._fence = fence
        self._shards = shards

    def ask(
        self,
        turn: Turn,
        owner: Owner,
        session: SessionId,
        known: Counted,
        now: datetime,
    ) -> bool:
        """Record that ``turn`` is about to be asked. ``False``: something changed, look again.

        Nothing is asked for a person who opted out, for a conversation that an operator holds,
        or under an older call than the state's. What ``known`` counts is stored as it is to be.
        """
        state, model = self._fence.tables.state, self._fence.tables.messages
        transaction = self._fence.transaction()
        transaction.update(
            "state",
            state(contact_id=known.contact_id),
            asking(state, known),
            may_ask(state, known, owner, now),
        )
        actions: list[Action] = [
            model.state.set(InboundState.ASKED),
            model.turn.set(turn.key),
            model.attempts.set(turn.attempts + 1),
            model.session.set(session),
            model.pending_since.set(now),
        ]
        for message in turn.messages:
            label = f"message:{message.message_key}"
            transaction.update(label, self._item(message), actions, self._may_be_asked(turn.key))
        return not transaction.commit()

    def answer(self, answer: Answer, owner: Owner, now: datetime) -> tuple[MessageKey, ...]:
        """Commit what the agent said. Returns the keys now waiting to be sent (none: done before).

        A key that is taken belongs to an earlier ask of the same turn. If that ask also answered
        the turn, this text is the same answer come again; if not, its interim text stays and
        ours takes the next free keys.
        """
        parts = parts_of(answer, answer.first_ordinal)
        open_, unsent = answer.open, answer.notice_unsent
        for _ in range(_ATTEMPTS):
            transaction = self._answering(answer, parts, owner, now, open_, unsent)
            if not self._fence.commit(transaction):
                return tuple(message.message_key for message in parts)
            standing = self._standing(answer.turn)
            parts = standing.place(answer)
            if not parts:
                return ()
            open_, unsent = standing.open, standing.notice_unsent
        raise Transient("the turn kept changing while it was answered", reason="turn_contended")

    def give_up(self, turn: Turn, owner: Owner, notice: str, now: datetime) -> bool:
        """Mark the turn as failed, with a notice and the operators' attention.

        A turn that an operator had asked again may have had its notice before: it is said once.
        """
        item = self._notice(turn.messages[-1], Notice.GAVE_UP, notice, now)
        refused = self._fence.commit(self._giving_up(turn, owner, item, now))
        if refused == {"notice"}:
            refused = self._fence.commit(self._giving_up(turn, owner, None, now))
        return not refused

    def _giving_up(
        self, turn: Turn, owner: Owner, notice: MessageItem | None, now: datetime
    ) -> Transaction:
        state, model = self._fence.tables.state, self._fence.tables.messages
        actions: list[Action] = [
            state.status.set(Status.NEEDS_ATTENTION),
            state.reason.set("gave_up"),
            *said(state, now, *((notice,) if notice is not None else ())),
        ]
        transaction = self._fenced(turn, owner, actions)
        self._finish_all(transaction, turn, InboundState.FAILED, "no_answer", now)
        if notice is not None:
            transaction.put("notice", notice, model.message_key.does_not_exist())
        return transaction

    def set_aside(
        self,
        turn: Turn,
        owner: Owner,
        state: InboundState,
        reason: str,
        status: Status | None,
        now: datetime,
    ) -> bool:
        """End messages that will not be asked (window closed, opted out, no agent)."""
        model = self._fence.tables.state
        actions: list[Action] = [model.reason.set(reason)]
        if status is not None:
            actions.append(model.status.set(status))
        transaction = self._fenced(turn, owner, actions)
        self._finish_all(transaction, turn, state, reason, now)
        return not self._fence.commit(transaction)

    def notice(
        self, about: Message, notice: Notice, text: str, owner: Owner, now: datetime
    ) -> MessageKey | None:
        """Put a sentence of ours, once for ``about``. ``None``: said already, or not due now."""
        model, state = self._fence.tables.messages, self._fence.tables.state
        transaction = self._fence.transaction()
        item = self._notice(about, notice, text, now)
        transaction.update(
            "state",
            state(contact_id=about.contact_id),
            said(state, now, item),
            (state.epoch == owner.epoch) & not_true(state.opted_out),
        )
        transaction.check(
            "about",
            model,
            (about.contact_id, about.message_key),
            model.state.is_in(InboundState.NEW, InboundState.ASKED, InboundState.FAILED),
        )
        transaction.put("notice", item, model.message_key.does_not_exist())
        return None if transaction.commit() else MessageKey(item.message_key)

    def unsolicited(self, message: Message, owner: Owner) -> bool:
        """Keep what the agent said without having been asked (sent or only shown, by its state)."""
        state = self._fence.tables.state
        transaction = self._fence.transaction()
        transaction.update(
            "state",
            state(contact_id=message.contact_id),
            said(state, message.sent_at, message),
            state.epoch == owner.epoch,
        )
        item = item_of(self._fence.tables.messages, message, shards=self._shards)
        transaction.put("said", item, self._fence.tables.messages.message_key.does_not_exist())
        return not self._fence.commit(transaction)

    def _answering(
        self,
        answer: Answer,
        parts: Sequence[Message],
        owner: Owner,
        now: datetime,
        open_: bool,  # noqa: FBT001 - how the turn stands, read or known
        notice_unsent: bool,  # noqa: FBT001 - as above
    ) -> Transaction:
        state, model = self._fence.tables.state, self._fence.tables.messages
        actions = said(state, now, *parts)
        ends = answer.final and open_
        if ends:
            actions += [state.status.set(Status.WAITING_PERSON), state.reason.remove()]
        transaction = self._fenced(answer.turn, owner, actions)
        if ends:
            self._finish_all(transaction, answer.turn, InboundState.ANSWERED, None, now)
        for part in parts:
            item = item_of(model, part, shards=self._shards)
            item.sent_at = item.pending_since = now
            transaction.put(f"part:{part.message_key}", item, model.message_key.does_not_exist())
        if notice_unsent:
            contact_id = answer.turn.messages[0].contact_id
            transaction.update(
                "notice",
                model(contact_id, notice_key(answer.turn.key, Notice.WAITING)),
                [
                    model.state.set(OutboundState.SKIPPED),
                    model.reason.set("answered"),
                    model.pending.remove(),
                    model.pending_since.remove(),
                ],
                model.state == OutboundState.PENDING,
            )
        return transaction

    def _finish_all(
        self,
        transaction: Transaction,
        turn: Turn,
        state: InboundState,
        reason: str | None,
        now: datetime,
    ) -> None:
        model = self._fence.tables.messages
        asked = state is InboundState.ANSWERED
        condition = (
            (model.state == InboundState.ASKED) & (model.turn == turn.key)
            if asked
            else self._may_be_asked(turn.key)
        )
        actions: list[Action] = [model.state.set(state), *self._put_away(turn, state, reason, now)]
        if reason:
            actions.append(model.reason.set(reason))
        for message in turn.messages:
            item = self._item(message)
            transaction.update(f"message:{message.message_key}", item, actions, condition)

    def _put_away(
        self, turn: Turn, state: InboundState, reason: str | None, now: datetime
    ) -> list[Action]:
        """Out of the index of what is unfinished, and where that is due, among the dead letters."""
        model = self._fence.tables.messages
        if not is_buried(state, reason):
            return [model.pending.remove(), model.pending_since.remove()]
        buried = dead_of(turn.messages[0].contact_id, self._shards)
        return [model.pending.set(buried), model.pending_since.set(now)]

    def _standing(self, turn: Turn) -> Standing:
        """How the turn stands in the table now."""
        model = self._fence.tables.messages
        contact_id = turn.messages[0].contact_id
        with reading():
            last = model.get(contact_id, turn.messages[-1].message_key, consistent_read=True)
            said = model.query(
                contact_id, model.message_key.startswith(f"{turn.key}~"), consistent_read=True
            )
            taken = {MessageKey(item.message_key): message_of(item) for item in said}
        return Standing(InboundState(last.state) is InboundState.ASKED, taken, turn.key)

    def _may_be_asked(self, turn: TurnKey) -> Condition:
        model = self._fence.tables.messages
        unfinished: Condition = model.state.is_in(InboundState.NEW, InboundState.ASKED)
        ours: Condition = model.turn.does_not_exist() | (model.turn == turn)
        both: Condition = unfinished & ours
        return both

    def _fenced(self, turn: Turn, owner: Owner, actions: Sequence[Action]) -> Transaction:
        return self._fence.fenced(turn.messages[0].contact_id, owner, actions)

    def _item(self, message: Message) -> MessageItem:
        return self._fence.tables.messages(message.contact_id, message.message_key)

    def _notice(self, about: Message, notice: Notice, text: str, now: datetime) -> MessageItem:
        said = Message(
            contact_id=about.contact_id,
            message_key=notice_key(about.turn or about.message_key, notice),
            conversation_id=about.conversation_id,
            direction=Direction.OUTBOUND,
            kind=Kind.NOTICE,
            content=text,
            state=OutboundState.PENDING,
            sent_at=now,
            reason=notice,
            turn=about.turn,
        )
        return item_of(self._fence.tables.messages, said, shards=self._shards)
