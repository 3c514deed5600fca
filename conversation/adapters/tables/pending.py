"""The sparse index of what is unfinished. It may lag: it is a hint, and the item decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.transactions import reading, updated
from conversation.identifiers import ContactId, MessageKey
from conversation.messages import UNFINISHED_INBOUND, UNFINISHED_OUTBOUND, Direction
from conversation.sweeping import Waiting

if TYPE_CHECKING:
    from datetime import datetime

    from pynamodb.expressions.condition import Condition

    from conversation.adapters.tables.tables import Tables

_SIDES: Final = {Direction.INBOUND: "in", Direction.OUTBOUND: "out"}
_UNFINISHED: Final = {
    Direction.INBOUND: frozenset(state.value for state in UNFINISHED_INBOUND),
    Direction.OUTBOUND: frozenset(state.value for state in UNFINISHED_OUTBOUND),
}


class PendingTable:
    """A ``conversation.sweeping.Pending``."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def older_than(
        self, before: datetime, side: Direction, shard: int, limit: int
    ) -> list[Waiting]:
        """What has stood in the index since ``before`` or longer, the oldest first."""
        model = self._tables.messages
        with reading():
            return [
                Waiting(
                    ContactId(item.contact_id),
                    MessageKey(item.message_key),
                    unfinished=item.state in _UNFINISHED[side],
                )
                for item in model.unfinished.query(
                    f"{_SIDES[side]}#{shard}", model.pending_since <= before, limit=limit
                )
            ]

    def oldest(self, side: Direction, shard: int) -> datetime | None:
        """Since when the oldest has stood in the index."""
        with reading():
            for item in self._tables.messages.unfinished.query(
                f"{_SIDES[side]}#{shard}", limit=1, page_size=1
            ):
                since: datetime = item.pending_since
                return since
        return None

    def clear(self, waiting: Waiting, side: Direction) -> bool:
        """Take a finished message out of the index. ``False``: it is not finished, or was out.

        The item is asked, not the index, which may show what is over.
        """
        model = self._tables.messages
        lingers: Condition = model.pending.exists()
        unfinished: Condition = model.state.is_in(*sorted(_UNFINISHED[side]))
        return updated(
            model(waiting.contact_id, waiting.key),
            [model.pending.remove(), model.pending_since.remove()],
            lingers & ~unfinished,
        )
