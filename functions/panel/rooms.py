"""What each page knows: a dictionary for its template, and the JSON of the same name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import Refused
from functions.panel import answers
from functions.panel.look import Search, as_number
from functions.panel.roles import Right
from functions.panel.shown import Tab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.panel.answers import Reply
    from functions.panel.day import Counting
    from functions.panel.look import Looking
    from functions.panel.pages import Visit
    from functions.panel.ports import Audit

DESCRIPTION: Final = Path(__file__).with_name("openapi.json")
_ENTRIES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """One method a page. ``limits`` are the settings worth seeing, by their names."""

    looking: Looking
    counting: Counting
    audit: Audit
    limits: Mapping[str, object]
    versions: Mapping[str, str]
    cap: int
    pepper: str

    def home(self, visit: Visit) -> dict[str, Any]:
        """Whether all is well."""
        return {
            "counts": _by_name(self.looking.counts(visit.now)),
            "open_sockets": self.looking.open_sockets(),
            "cap": self.cap,
            "connectors": self._connectors(visit),
        }

    def day(self, visit: Visit) -> dict[str, Any]:
        """What happened in the last 24 hours."""
        day = self.counting.day(visit.now)
        most = max((max(h.sent, h.received) for h in day.hours), default=0)
        return {"day": day, "most": max(most, 1)}

    def conversations(self, visit: Visit) -> dict[str, Any]:
        """Who is where."""
        search = _search(visit.query)
        return {
            "search": search,
            "counts": _by_name(self.looking.counts(visit.now)),
            "list": self.looking.conversations(search, visit.now),
        }

    def person(self, visit: Visit, contact_id: str) -> dict[str, Any]:
        """What happened to one person, and why."""
        view = visit.query.get("view", "chat")
        person = self.looking.person(contact_id, visit.now, visit.query.get("before", ""))
        return {
            "person": person,
            "view": view if view in {"chat", "timeline", "json"} else "chat",
            "revealed": None,
        }

    def sockets(self, visit: Visit) -> dict[str, Any]:
        """What the connector is doing."""
        only = self._shard_asked(visit.query)
        cursor = visit.query.get("cursor") or None
        shards = [
            {
                "lease": lease,
                "count": self.looking.sockets_of(lease.shard),
                "page": self.looking.sockets(
                    lease.shard, lease, cursor if only is not None else None
                ),
            }
            for lease in self.looking.fleet(visit.now)
            if only is None or lease.shard == only
        ]
        return {
            "shards": shards,
            "only": only,
            "text": visit.query.get("q", ""),
            "wanted": self._contact(visit.query.get("q", "")),
            "events": self.looking.events(),
        }

    def health(self, visit: Visit) -> dict[str, Any]:
        """Whether it is set up well."""
        sees = visit.visitor is not None and visit.visitor.may(Right.AUDIT)
        return {
            "connectors": self._connectors(visit),
            "limits": self.limits,
            "versions": self.versions,
            "audited": self.audit.lately(visit.now, limit=_ENTRIES) if sees else None,
        }

    def described(self) -> Reply:
        """The JSON beneath the pages, as OpenAPI."""
        return answers.data(json.loads(DESCRIPTION.read_text(encoding="utf-8")))

    def _connectors(self, visit: Visit) -> list[dict[str, Any]]:
        return [
            {"shard": lease.shard, "connector": lease.owner, "epoch": lease.epoch}
            for lease in self.looking.fleet(visit.now)
        ]

    def _shard_asked(self, query: Mapping[str, str]) -> int | None:
        if contact_id := self._contact(query.get("q", "")):
            return shard_of(contact_id, self.looking.shards)
        asked = query.get("shard", "")
        return int(asked) if asked.isdecimal() and len(asked) < 4 else None  # noqa: PLR2004 - no deployment has more

    def _contact(self, text: str) -> Any:  # noqa: ANN401 - a ContactId, or None
        number = as_number(text)
        return contact_id_of(number, self.pepper) if number else None


def _search(query: Mapping[str, str]) -> Search:
    try:
        tab = Tab(query.get("tab") or Tab.ACTIVE)
    except ValueError as error:
        raise Refused("there is no such list", reason="not_found") from error
    return Search(
        tab,
        query.get("q", "").strip()[:80],
        query.get("batch", "").strip()[:120],
        query.get("cursor", ""),
    )


def _by_name(counts: Mapping[Tab, int]) -> dict[str, int]:
    return {tab.value: count for tab, count in counts.items()}
