"""How many openers were reserved, over all processes: one item, written on its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.transactions import Pace, reading, updated
from conversation.errors import Transient
from conversation.pacing import Spent

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from pynamodb.expressions.condition import Condition

    from conversation.adapters.tables.tables import Tables

OPENERS: Final = "openers"
_TRIES: Final = 12
_PAUSE_S: Final = 0.1


class PacingTable:
    """A ``conversation.pacing.Ledger``."""

    def __init__(self, tables: Tables, *, pace: Pace, chance: Random) -> None:
        self._tables = tables
        self._pace = pace
        self._chance = chance

    def reserve(self, most: int, limit: int, now: datetime) -> int:
        """Reserve up to ``most``, and tell how many. Raises ``Transient`` where others kept on."""
        for _ in range(_TRIES):
            version, spent = self._read()
            count = min(most, spent.room(limit, now))
            if not count or self._write(version, spent.plus(count, now)):
                return count
            self._pace.sleep(self._chance.uniform(0, _PAUSE_S))
        raise Transient("others kept reserving openers", reason="pace_contended")

    def _read(self) -> tuple[int, Spent]:
        model = self._tables.known_ids
        with reading():
            try:
                item = model.get(OPENERS, consistent_read=True)
            except model.DoesNotExist:
                return 0, Spent()
        by_hour = {int(hour): int(count) for hour, count in (item.by_hour or {}).items()}
        return int(item.version or 0), Spent(by_hour)

    def _write(self, version: int, spent: Spent) -> bool:
        model = self._tables.known_ids
        unmoved: Condition = model.version == version if version else model.version.does_not_exist()
        stored = {str(hour): count for hour, count in spent.by_hour.items()}
        return updated(
            model(id=OPENERS), [model.by_hour.set(stored), model.version.set(version + 1)], unmoved
        )
