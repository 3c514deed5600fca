"""How far the messages that Twilio has were compared with ours, and which of them we know."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from pynamodb.exceptions import PutError

from conversation.adapters.tables.transactions import REFUSED, code_of, reading
from conversation.identifiers import MessageSid
from conversation.sweeping import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from conversation.adapters.tables.models import KnownIdItem
    from conversation.adapters.tables.tables import Tables

UNTIL: Final = "reconciled_until"
SINCE: Final = "reconciled_since"
_BATCH: Final = 100


class ReconciledTable:
    """A ``reconcile.Marks``: two items of ``known_ids`` that are kept for good."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def mark(self) -> Mark | None:
        """Where we stand; ``None`` before the first time."""
        since, until = self._at(SINCE), self._at(UNTIL)
        return Mark(since, until or since) if since else None

    def begin(self, now: datetime) -> None:
        """Begin with ``now``: what was written before this deployment was is none of its own."""
        model = self._tables.known_ids
        with reading():
            try:
                model(id=SINCE, at=now).save(model.id.does_not_exist())
            except PutError as error:
                if code_of(error) != REFUSED:
                    raise

    def reach(self, until: datetime) -> None:
        """All that came up to ``until`` has been compared."""
        model = self._tables.known_ids
        with reading():
            model(id=UNTIL, at=until).save()

    def known(self, sids: Iterable[MessageSid]) -> frozenset[MessageSid]:
        """Those of ``sids`` that are stored."""
        with reading():
            return frozenset(MessageSid(item.id) for item in self._items(iter(sids)))

    def _items(self, sids: Iterator[MessageSid]) -> Iterator[KnownIdItem]:
        while batch := list(islice(sids, _BATCH)):
            yield from self._tables.known_ids.batch_get(batch, consistent_read=True)

    def _at(self, key: str) -> datetime | None:
        model = self._tables.known_ids
        with reading():
            try:
                at: datetime | None = model.get(key, consistent_read=True).at
            except model.DoesNotExist:
                return None
        return at
