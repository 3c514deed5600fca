"""What was decided on the recipients of batches, and how far we are with each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.exceptions import UpdateError

from conversation.adapters.tables.models import BATCH_ITSELF, KNOWN_IDS_KEPT_S
from conversation.adapters.tables.transactions import REFUSED, code_of, reading
from conversation.batches import Mark, Outcome, Record
from conversation.identifiers import CallId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import BatchCallItem
    from conversation.adapters.tables.tables import Tables
    from conversation.batches import Decision


class BatchesTable:
    """Decisions are kept as long as the ids of calls. Every method raises ``Transient``."""

    def __init__(self, tables: Tables) -> None:
        self._model = tables.batch_calls

    def marks(self, batch_ids: Iterable[str]) -> dict[str, Mark]:
        """How far we are with these batches; those never looked at are absent."""
        keys = [(batch_id, BATCH_ITSELF) for batch_id in batch_ids]
        with reading():
            return {item.batch_id: _mark_of(item) for item in self._model.batch_get(keys)}

    def of(self, batch_id: str) -> dict[str, Record]:
        """The decisions on a batch's recipients.

        They may be a moment old: what is decided again is started once all the same.
        """
        with reading():
            return {
                item.recipient_id: _record_of(item)
                for item in self._model.query(batch_id)
                if item.recipient_id != BATCH_ITSELF
            }

    def among(self, batch_id: str, recipient_ids: Iterable[str]) -> dict[str, Record]:
        """The decisions on some of them."""
        keys = [(batch_id, recipient_id) for recipient_id in recipient_ids]
        with reading():
            return {item.recipient_id: _record_of(item) for item in self._model.batch_get(keys)}

    def record(
        self,
        batch_id: str,
        recipient_id: str,
        call_id: CallId | None,
        decision: Decision,
        now: datetime,
    ) -> None:
        """Store a decision. One that says less than what is known of the same call is dropped."""
        model = self._model
        changes: list[Action] = [
            model.outcome.set(decision.outcome),
            model.at.set(now),
            model.expires_at.set(int(now.timestamp()) + KNOWN_IDS_KEPT_S),
            model.reason.set(decision.reason) if decision.reason else model.reason.remove(),
            model.call_id.set(call_id) if call_id else model.call_id.remove(),
        ]
        if decision.contact_id:
            changes.append(model.contact_id.set(decision.contact_id))
        self._update(batch_id, recipient_id, changes, self._says_more(call_id, decision))

    def mark(self, batch_id: str, mark: Mark, now: datetime) -> None:
        """Store how far we are. A slower run that saw the batch earlier does not take it back."""
        model = self._model
        changes: list[Action] = [
            model.updated_unix.set(mark.updated_unix),
            model.undecided.set(mark.undecided),
            model.status.set(mark.status) if mark.status else model.status.remove(),
            model.reason.set(mark.reason) if mark.reason else model.reason.remove(),
            model.at.set(now),
            model.expires_at.set(int(now.timestamp()) + KNOWN_IDS_KEPT_S),
        ]
        seen_later = model.updated_unix.does_not_exist() | (model.updated_unix <= mark.updated_unix)
        self._update(batch_id, BATCH_ITSELF, changes, seen_later)

    def _says_more(self, call_id: CallId | None, decision: Decision) -> Condition | None:
        model = self._model
        if decision.outcome is Outcome.STARTED:
            return None
        undecided: Condition = model.outcome.does_not_exist() | (model.outcome == Outcome.WAITING)
        if call_id is None:
            another: Condition = model.call_id.exists()
        else:
            another = model.call_id.does_not_exist() | (model.call_id != call_id)
        says_more: Condition = undecided | another
        return says_more

    def _update(
        self, batch_id: str, recipient_id: str, changes: list[Action], condition: Condition | None
    ) -> None:
        item = self._model(batch_id=batch_id, recipient_id=recipient_id)
        with reading():
            try:
                item.update(changes, condition)
            except UpdateError as error:
                if code_of(error) != REFUSED:
                    raise


def _mark_of(item: BatchCallItem) -> Mark:
    return Mark(
        updated_unix=int(item.updated_unix or 0),
        undecided=int(item.undecided or 0),
        status=item.status or "",
        reason=item.reason,
    )


def _record_of(item: BatchCallItem) -> Record:
    return Record(
        call_id=CallId(item.call_id) if item.call_id else None,
        outcome=Outcome(item.outcome),
        looked_at=item.at,
    )
