"""What each page knows: a dictionary for its template, and the JSON of the same name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import HiloError, Refused
from conversation.overview import Page
from functions.panel import answers
from functions.panel.bulk import alike
from functions.panel.examined import examined
from functions.panel.given_up import FRESH_FOR, KEPT
from functions.panel.look import Search, as_number
from functions.panel.roles import Right
from functions.panel.shown import Tab
from functions.panel.told import told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.identifiers import ContactId
    from conversation.leases import Lease
    from functions.panel.answers import Reply
    from functions.panel.checks import Checking
    from functions.panel.day import Counting
    from functions.panel.given_up import GivenUp
    from functions.panel.look import Looking
    from functions.panel.pages import Visit
    from functions.panel.ports import Alerts, Audit, Doctor, Transcripts
    from functions.panel.shown import ShownSocket
    from functions.panel.told import ShownAlert
    from functions.panel.watch import Watching

DESCRIPTION: Final = Path(__file__).with_name("openapi.json")
_ENTRIES: Final = 50
_LATEST: Final = 3
_LATELY: Final = timedelta(days=1)
"""So many messages to operators, so young, the first page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """One method a page. ``limits`` are the settings worth seeing, by their names."""

    looking: Looking
    watching: Watching
    counting: Counting
    checking: Checking
    given_up: GivenUp
    doctor: Doctor
    alerts: Alerts
    transcripts: Transcripts
    audit: Audit
    limits: Mapping[str, object]
    versions: Mapping[str, str]
    cap: int
    pepper: str
    doctor_command: str
    """What somebody types to have it all looked at again."""

    def home(self, visit: Visit) -> dict[str, Any]:
        """Whether all is well."""
        return {
            "counts": _by_name(self.looking.counts(visit.now)),
            "open_sockets": self.watching.open_sockets(),
            "cap": self.cap,
            "connectors": self._connectors(visit),
            "alerts": self._alerts(visit),
        }

    def notices(self, visit: Visit) -> dict[str, Any]:
        """What operators were told."""
        page = told(
            self.alerts, visit.language, limit=_ENTRIES, cursor=visit.query.get("cursor", "")
        )
        return {"alerts": page.items, "cursor": page.cursor}

    def dead_letters(self, visit: Visit) -> dict[str, Any]:
        """What was given up, and what to do about it."""
        page = self.given_up.messages(visit.language, visit.now, visit.query.get("cursor", ""))
        known = {"messages": page.items, "cursor": page.cursor}
        kept = KEPT if visit.fragment else FRESH_FOR
        try:
            letters = self.given_up.letters(visit.language, visit.now, kept)
            problem = None
        except HiloError as error:  # the messages are shown all the same
            letters, problem = (), error.reason
        shown = alike((*letters, *page.items))
        return {**known, "letters": letters, "problem": problem, "alike": shown}

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

    def transcript(self, visit: Visit, contact_id: str) -> dict[str, Any]:  # noqa: ARG002 - as every room
        """What was said in the call, as ElevenLabs wrote it down; nothing of it is kept here."""
        call_id = self.looking.state(contact_id).call_id
        problem, turns = ("none", []) if call_id is None else (None, [])
        try:
            turns = self.transcripts.transcript(call_id) if call_id else []
        except HiloError as error:
            problem = error.reason
        said = [{"role": role, "text": text} for role, text in turns]
        return {"contact_id": contact_id, "turns": said, "problem": problem}

    def sockets(self, visit: Visit) -> dict[str, Any]:
        """What the connector is doing."""
        only = self._shard_asked(visit.query)
        cursor = visit.query.get("cursor") or None
        leases = [
            lease for lease in self.watching.fleet(visit.now) if only is None or lease.shard == only
        ]
        text, wanted = visit.query.get("q", ""), self._contact(visit.query.get("q", ""))
        if text:
            board = [(lease, *self._one_of(lease, wanted, visit.now)) for lease in leases]
        else:
            board = self.watching.board(leases, visit.now, cursor if only is not None else None)
        shards = [{"lease": lease, "count": count, "page": page} for lease, count, page in board]
        return {
            "shards": shards,
            "only": only,
            "text": text,
            "wanted": wanted,
            "events": self.watching.events(),
        }

    def health(self, visit: Visit) -> dict[str, Any]:
        """Whether it is set up well."""
        sees = visit.visitor is not None and visit.visitor.may(Right.AUDIT)
        return {
            "connectors": self._connectors(visit),
            "checks": self.checking.checks(self.watching.fleet(visit.now), visit.now),
            "doctor": examined(self.doctor.last(), visit.now, self.doctor_command),
            "limits": self.limits,
            "versions": self.versions,
            "audited": self.audit.lately(visit.now, limit=_ENTRIES) if sees else None,
        }

    def described(self) -> Reply:
        """The JSON beneath the pages, as OpenAPI."""
        return answers.data(json.loads(DESCRIPTION.read_text(encoding="utf-8")))

    def _alerts(self, visit: Visit) -> list[ShownAlert]:
        lately = told(self.alerts, visit.language, limit=_LATEST).items
        return [alert for alert in lately if visit.now - alert.last_at < _LATELY]

    def _connectors(self, visit: Visit) -> list[dict[str, Any]]:
        return [
            {"shard": lease.shard, "connector": lease.owner, "epoch": lease.epoch}
            for lease in self.watching.fleet(visit.now)
        ]

    def _one_of(
        self, lease: Lease, wanted: ContactId | None, now: datetime
    ) -> tuple[int, Page[ShownSocket]]:
        """The shard's count, and the socket that is looked for; none for what is no number."""
        found = self.watching.socket_of(wanted, lease, now) if wanted else Page(())
        return self.watching.sockets_of(lease.shard), found

    def _shard_asked(self, query: Mapping[str, str]) -> int | None:
        if contact_id := self._contact(query.get("q", "")):
            return shard_of(contact_id, self.watching.shards)
        asked = query.get("shard", "")
        return int(asked) if asked.isdecimal() and len(asked) < 4 else None  # noqa: PLR2004 - no deployment has more

    def _contact(self, text: str) -> ContactId | None:
        number = as_number(text)
        try:
            return contact_id_of(number, self.pepper) if number else None
        except Refused:
            return None  # digits that are nobody's number


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
