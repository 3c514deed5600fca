"""Pages of lists, and the filters of the list of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.datastructures import QueryParams

    from infra.local.elevenlabs.shapes import Json


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of the next ones."""

    rows: list[Json]
    next: str | None

    @property
    def has_more(self) -> bool:
        """Whether there are rows after these."""
        return self.next is not None


def page(rows: Sequence[Json], key: str, after: str | None, size: int) -> Page:
    """The rows after the one whose ``key`` is ``after``; none if that is not there any more."""
    start = 0
    if after is not None:
        place = [n for n, row in enumerate(rows) if row[key] == after]
        start = place[0] + 1 if place else len(rows)
    found = list(rows[start : start + size])
    return Page(found, str(found[-1][key]) if start + size < len(rows) else None)


_FILTERS: Mapping[str, Callable[[Json, str], bool]] = {
    "agent_id": lambda c, v: c["agent_id"] == v,
    "user_id": lambda c, v: c["user_id"] == v,
    "call_start_after_unix": lambda c, v: c["metadata"]["start_time_unix_secs"] >= int(v),
    "call_start_before_unix": lambda c, v: c["metadata"]["start_time_unix_secs"] <= int(v),
    "call_duration_min_secs": lambda c, v: c["metadata"]["call_duration_secs"] >= int(v),
    "call_duration_max_secs": lambda c, v: c["metadata"]["call_duration_secs"] <= int(v),
    "text_only": lambda c, v: c["metadata"]["text_only"] == (v.lower() == "true"),
    "conversation_initiation_source": lambda c, v: (
        c["metadata"]["conversation_initiation_source"] == v
    ),
}


def conversations(every: Sequence[Json], asked: QueryParams) -> list[Json]:
    """Those that pass all filters, newest first unless asked otherwise."""
    unwanted = asked.getlist("exclude_statuses")
    wishes = [(_FILTERS[name], value) for name, value in asked.items() if name in _FILTERS]
    found = [
        conversation
        for conversation in every
        if conversation["status"] not in unwanted
        and all(passes(conversation, value) for passes, value in wishes)
    ]
    ascending = asked.get("sort_direction") == "asc"
    found.sort(key=lambda c: int(c["metadata"]["start_time_unix_secs"]), reverse=not ascending)
    return found
