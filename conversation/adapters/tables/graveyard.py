"""Messages that failed for good, a page at a time, the newest first over all shards.

Each shard's part of the ``pending`` index is read from where the page before ended in it. The index
is a hint: each message is read by its key, and the item decides.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pynamodb.attributes import UTCDateTimeAttribute

from conversation.adapters.tables.buried import BuriedTable, as_buried
from conversation.adapters.tables.transactions import reading
from conversation.errors import Refused
from conversation.overview import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from conversation.adapters.tables.models import MessageItem
    from conversation.dead_letters import Buried

_LONGEST_KEY: Final = 256
_TIME: Final = UTCDateTimeAttribute()


class _Hint(NamedTuple):
    """What the index tells. Sorts by age."""

    since: datetime
    contact_id: str
    message_key: str
    shard: int


Places = dict[int, tuple[str, str, str]]
"""By shard, the last that was shown: its contact, its key and its time."""


class Graveyard(BuriedTable):
    """Blocking. Raises ``Transient`` where the table does not answer."""

    def page(self, *, limit: int, cursor: str | None = None) -> Page[Buried]:
        """The next ``limit`` at most. Raises ``Refused`` (``bad_cursor``) for one not of ours."""
        places = _opened(cursor, self._shards)
        hints = [
            hint for shard in range(self._shards) for hint in self._hints(shard, limit, places)
        ]
        shown = sorted(hints, reverse=True)[:limit]
        found = self._read(shown)
        more = len(hints) > len(shown)
        return Page(found, _closed(places | _ends(shown)) if more else None)

    def _hints(self, shard: int, limit: int, places: Places) -> list[_Hint]:
        """One more than a page: so it is known whether there is another."""
        with reading():
            found = self._tables.messages.unfinished.query(
                f"dead#{shard}",
                scan_index_forward=False,
                limit=limit + 1,
                last_evaluated_key=_key(shard, places[shard]) if shard in places else None,
            )
            return [_Hint(i.pending_since, i.contact_id, i.message_key, shard) for i in found]

    def _read(self, hints: Sequence[_Hint]) -> tuple[Buried, ...]:
        keys = [(hint.contact_id, hint.message_key) for hint in hints]
        with reading():
            items = list(self._tables.messages.batch_get(keys, consistent_read=True))
        known = {(item.contact_id, item.message_key): item for item in items}
        return tuple(_buried(known[key] for key in keys if key in known))


def _buried(items: Iterable[MessageItem]) -> Iterable[Buried]:
    return (found for item in items if (found := as_buried(item)) is not None)


def _ends(shown: Iterable[_Hint]) -> Places:
    return {
        hint.shard: (hint.contact_id, hint.message_key, _TIME.serialize(hint.since))  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
        for hint in shown
    }


def _key(shard: int, place: tuple[str, str, str]) -> dict[str, dict[str, str]]:
    contact_id, message_key, since = place
    return {
        "contact_id": {"S": contact_id},
        "message_key": {"S": message_key},
        "pending": {"S": f"dead#{shard}"},
        "pending_since": {"S": since},
    }


def _closed(places: Mapping[int, tuple[str, str, str]]) -> str:
    return base64.urlsafe_b64encode(json.dumps(places).encode()).decode()


def _opened(cursor: str | None, shards: int) -> Places:
    if not cursor:
        return {}
    try:
        told: Any = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        places = {int(shard): tuple(place) for shard, place in told.items()}
    except (ValueError, binascii.Error, TypeError, AttributeError) as error:
        raise Refused("this is no place in a list of ours", reason="bad_cursor") from error
    if not set(places) <= set(range(shards)) or not all(map(_is_place, places.values())):
        raise Refused("this is a place in another list", reason="bad_cursor")
    return places


def _is_place(place: tuple[object, ...]) -> bool:
    keys = [key for key in place if isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY]
    return len(keys) == len(place) == len(_Hint._fields) - 1
