"""What an operator changes, and the record of who did. Conditions hold at the moment of writing."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from pynamodb.exceptions import PutError

from conversation.adapters.tables.mapping import pending_of
from conversation.adapters.tables.models import KNOWN_IDS_KEPT_S
from conversation.adapters.tables.operator_models import AUDIT_KEPT_S
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import REFUSED, code_of, reading, updated
from conversation.identifiers import ContactId, MessageKey, made_at
from conversation.messages import Direction, InboundState
from conversation.overview import Audited, Command, Report, Reported
from conversation.state import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.operator_models import AuditItem, CommandItem
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.messages import Message

REPORT: Final = "report"
_LATELY: Final = 5
_TOLD: Final = frozenset(field.name for field in fields(Reported))


class OperatingTable(Transacting):
    """Named-field updates of the state, and of messages that are asked again."""

    def __init__(
        self,
        tables: Tables,
        *,
        shards: int,
        **means: Unpack[Means],
    ) -> None:
        super().__init__(tables, **means)
        self._shards = shards

    def close(self, contact_id: ContactId) -> bool:
        """Mark it closed until the person writes or is called again. ``False``: not there."""
        model = self._tables.state
        not_out = model.status != Status.OPTED_OUT
        closed: list[Action] = [model.status.set(Status.CLOSED), model.reason.remove()]
        return self._change(contact_id, closed, model.contact_id.exists() & not_out)

    def opt_out(self, contact_id: ContactId) -> bool:
        """Nothing more is sent or asked for this person. ``False``: not there."""
        model = self._tables.state
        out: list[Action] = [model.opted_out.set(True), model.status.set(Status.OPTED_OUT)]
        return self._change(contact_id, out, model.contact_id.exists())

    def ask_again(self, messages: Sequence[Message], now: datetime) -> bool:
        """Make failed messages new, all or none. ``False``: something changed meanwhile."""
        contact_id, model = messages[0].contact_id, self._tables.messages
        transaction = self.transaction()
        again: list[Action] = [
            model.state.set(InboundState.NEW),
            model.pending.set(pending_of(Direction.INBOUND, contact_id, self._shards)),
            model.pending_since.set(now),
            model.attempts.remove(),
            model.turn.remove(),
            model.reason.remove(),
        ]
        over = model.state.is_in(InboundState.FAILED, InboundState.EXPIRED)
        for message in messages:
            item = model(contact_id, message.message_key)
            transaction.update(f"message:{message.message_key}", item, again, over)
        state = self._tables.state
        transaction.update(
            "state",
            state(contact_id=contact_id),
            [state.status.set(Status.ACTIVE), state.reason.remove()],
            state.opted_out.does_not_exist() | (state.opted_out == False),  # noqa: E712 - a DynamoDB expression
        )
        return not transaction.commit()

    def commands(self, target: str, *, limit: int) -> list[Command]:
        """What was asked of the connector lately, the newest first."""
        with reading():
            found = self._tables.commands.query(target, scan_index_forward=False, limit=limit)
            return [
                Command(_time_of(item.at), item.command, item.asked_by, item.done_at, item.outcome)
                for item in found
            ]

    def reports(self, target: str) -> list[Report]:
        """What the owner of a shard was asked to tell of its sockets, the newest first."""
        with reading():
            found = self._tables.commands.query(target, scan_index_forward=False, limit=_LATELY)
            return [_report(item) for item in found if item.command == REPORT]

    def _change(self, contact_id: ContactId, actions: list[Action], condition: Condition) -> bool:
        item = self._tables.state(contact_id=contact_id)
        return updated(item, actions, condition)


class AuditTable:
    """The record: begun before it is done, then its outcome."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def begin(self, key: MessageKey, who: str, action: str, target: str, now: datetime) -> None:
        """Record that ``who`` is about to do ``action``. Raises ``Transient``: do nothing."""
        item = self._tables.audit(
            month=_month(now),
            at=key,
            target=target,
            who=who,
            action=action,
            expires_at=int(now.timestamp()) + AUDIT_KEPT_S,
        )
        with reading():
            item.save()

    def end(self, key: MessageKey, outcome: str, now: datetime) -> None:
        """Record what became of it."""
        model = self._tables.audit
        with reading():
            model(_month(now), key).update([model.outcome.set(outcome)])

    def lately(self, now: datetime, *, limit: int) -> list[Audited]:
        """This month's entries, the newest first."""
        with reading():
            found = self._tables.audit.query(_month(now), scan_index_forward=False, limit=limit)
            return [_audited(item) for item in found]

    def of(self, target: str, *, limit: int) -> list[Audited]:
        """What was done to one contact, the newest first."""
        with reading():
            found = self._tables.audit.by_target.query(
                target, scan_index_forward=False, limit=limit
            )
            return [_audited(item) for item in found]

    def first_use(self, ticket: str, now: datetime) -> bool:
        """Whether a one-time link is used for the first time."""
        model = self._tables.known_ids
        expires_at = int(now.timestamp()) + KNOWN_IDS_KEPT_S
        item = model(id=f"ticket#{ticket}", at=now, expires_at=expires_at)
        with reading():
            try:
                item.save(model.id.does_not_exist())
            except PutError as error:
                if code_of(error) != REFUSED:
                    raise
                return False
        return True


def _month(now: datetime) -> str:
    return now.strftime("%Y-%m")


def _time_of(key: str) -> datetime:
    return made_at(key)


def _report(item: CommandItem) -> Report:
    # Only what is known here: a connector of the next deployment may tell more.
    told = tuple(
        Reported(**{name: value for name, value in each.items() if name in _TOLD})
        for each in item.report or ()
    )
    return Report(_time_of(item.at), item.done_at is not None, told)


def _audited(item: AuditItem) -> Audited:
    return Audited(
        _time_of(item.at), MessageKey(item.at), item.who, item.action, item.target, item.outcome
    )
