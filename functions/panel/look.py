"""Looking: what each page asks of the tables. Nothing here changes anything."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from conversation import window
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import Refused
from conversation.identifiers import ContactId, MessageKey
from conversation.names import folded
from conversation.overview import Page, Row
from conversation.state import Status
from functions.panel import shown
from functions.panel.act import again
from functions.panel.last_words import LastWords
from functions.panel.shown import ShownList, ShownPerson, ShownRow, Tab
from functions.panel.timeline import sessions, timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversation.messages import Message
    from conversation.state import ConversationState
    from functions.panel.ports import Audit, Desk, Shelf

ROWS: Final = 25
MESSAGES: Final = 60
SEARCHED: Final = 400
"""How many conversations of a list a search by a second name looks through."""

_LONGEST: Final = 64
"""No id or key of ours is longer, and DynamoDB refuses much longer ones."""

LATE_AFTER: Final = timedelta(seconds=15)
_COUNTS_KEPT: Final = timedelta(seconds=2)
"""How long the count of a short list is shown."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is asked for."""

    tab: Tab = Tab.ACTIVE
    text: str = ""
    batch: str = ""
    cursor: str = ""


def _kept_for(count: int) -> timedelta:
    """How long a count is shown: a large one costs more, and a few more matter less to it."""
    return _COUNTS_KEPT * (1 + count // 20)


class Looking:
    """The use cases. Safe to call from several threads."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        desk: Desk,
        audit: Audit,
        shards: int,
        pepper: str,
    ) -> None:
        self._shelf = shelf
        self._desk = desk
        self._audit = audit
        self._pepper = pepper
        self._lock = threading.Lock()
        self._counts: dict[Tab, tuple[datetime, int]] = {}
        self._last_words = LastWords(shelf)
        self.shards = shards

    def counts(self, now: datetime) -> dict[Tab, int]:
        """How many there are in each tab: of a few two seconds old, of many two minutes at most."""
        with self._lock:
            due = [tab for tab in Tab if self._is_due(tab, now)]
            if due:
                with ThreadPoolExecutor(len(due)) as pool:
                    of = pool.map(lambda tab: self._count(tab, now), due)
                    self._counts |= {tab: (now, n) for tab, n in zip(due, of, strict=True)}
            return {tab: self._counts[tab][1] for tab in Tab}

    def _is_due(self, tab: Tab, now: datetime) -> bool:
        counted_at, count = self._counts.get(tab, (None, 0))
        return counted_at is None or now - counted_at > _kept_for(count)

    def conversations(self, search: Search, now: datetime) -> ShownList:
        """A page of a list. Raises ``Refused`` for a number or cursor that is none."""
        if search.text and (number := as_number(search.text)):
            return ShownList(tab=search.tab, rows=self._by_number(number), cursor=None)
        page = self._found(search, now)
        last = self._last_words.of(page.items, now)
        rows = tuple(shown.row(row, last.get(row.contact_id)) for row in page.items)
        return ShownList(tab=search.tab, rows=rows, cursor=page.cursor)

    def state(self, contact_id: str) -> ConversationState:
        """The conversation with one contact. Raises ``Refused`` (``not_found``)."""
        state = self._shelf.state(ContactId(contact_id)) if len(contact_id) <= _LONGEST else None
        if state is None:
            raise Refused("there is no such conversation", reason="not_found")
        return state

    def person(self, contact_id: str, now: datetime, before: str = "") -> ShownPerson:
        """All that a person's page tells. Raises ``Refused`` (``not_found``)."""
        state = self.state(contact_id)
        messages = self._shelf.messages(
            state.contact_id,
            limit=MESSAGES + 1,
            before=MessageKey(before[:_LONGEST]) if before else None,
        )
        older = messages[1].message_key if len(messages) > MESSAGES else None
        return self._person(state, messages[-MESSAGES:], older, now)

    def _count(self, tab: Tab, now: datetime) -> int:
        if tab is Tab.LATE:
            return len(self._shelf.waiting(self.shards, now - LATE_AFTER, limit=100))
        return self._shelf.count(Status(tab.value))

    def _found(self, search: Search, now: datetime) -> Page[Row]:
        if search.batch:
            return self._shelf.of_batch(search.batch, limit=ROWS, cursor=search.cursor or None)
        if search.tab is Tab.LATE and not search.text:
            late = self._shelf.waiting(self.shards, now - LATE_AFTER, limit=100)
            first = sorted(late, key=lambda contact_id: late[contact_id])[:ROWS]
            return Page(tuple(self._shelf.rows(first)))
        if search.text:
            return self._by_name(search)
        status, cursor = Status(search.tab.value), search.cursor or None
        return self._shelf.of_status(status, limit=ROWS, cursor=cursor)

    def _by_name(self, search: Search) -> Page[Row]:
        """Whose name begins so, in any list; else whose second name does, lately, in this one."""
        found = self._shelf.named(search.text, limit=ROWS, cursor=search.cursor or None)
        if found.items or search.cursor or search.tab is Tab.LATE:
            return Page(tuple(self._shelf.rows(found.items)), found.cursor)
        lately = self._shelf.of_status(Status(search.tab.value), limit=SEARCHED)
        return Page(named(lately.items, search.text))

    def _by_number(self, number: str) -> tuple[ShownRow, ...]:
        try:
            state = self._shelf.state(contact_id_of(number, self._pepper))
        except Refused:  # digits that are nobody's number
            return ()
        if state is None:
            return ()
        row = _row_of(state)
        return (shown.row(row, self._shelf.last_words([row]).get(row.contact_id)),)

    def _person(
        self,
        state: ConversationState,
        messages: Sequence[Message],
        older: str | None,
        now: datetime,
    ) -> ShownPerson:
        contact_id, shard = state.contact_id, shard_of(state.contact_id, self.shards)
        since = messages[0].sent_at if messages else now - timedelta(days=1)
        inbound = state.last_inbound_at
        events = self._shelf.events_of(contact_id, shard, since)
        return ShownPerson(
            contact_id=contact_id,
            name=state.client_name,
            number=shown.masked(state.phone_number or state.address),
            status=state.status.value,
            reason=state.reason,
            opted_out=state.opted_out,
            agent_id=state.agent_id,
            batch_id=state.batch_id,
            started_at=state.started_at,
            window_closes_at=window.closes_at(inbound) if inbound else None,
            window_open=state.window_open(now),
            session=state.elevenlabs_conversation_id,
            session_opened_at=state.session_opened_at,
            socket_open=state.open_on is not None,
            shard=shard,
            message_count=state.message_count,
            call_id=state.call_id,
            call_ended_at=state.call_ended_at,
            call_duration_secs=state.call_duration_secs,
            call_summary=state.call_summary,
            dynamic_variables=dict(state.dynamic_variables),
            calls_before=len(state.calls),
            failed_turn=bool(again(messages)),
            messages=tuple(shown.message(m) for m in messages),
            older=older,
            sessions=sessions(events),
            timeline=timeline(
                state,
                messages,
                events=events,
                commands=self._desk.commands(contact_id, limit=50),
                audited=self._audit.of(contact_id, limit=50),
            ),
        )


def as_number(text: str) -> str | None:
    """A number as people write it, with its +; ``None`` for what is a name."""
    digits = sum(c.isdigit() for c in text)
    if digits < 7 or any(c.isalpha() for c in text.removeprefix("whatsapp:")):  # noqa: PLR2004 - no number is shorter
        return None
    plain = text.strip().removeprefix("whatsapp:").removeprefix("00").strip()
    return plain if plain.startswith(("+", "(+")) else f"+{plain}"


def named(rows: Sequence[Row], prefix: str) -> tuple[Row, ...]:
    """Those of whom one of the names begins with ``prefix``."""
    wanted = folded(prefix)
    return tuple(
        row
        for row in rows
        if any(
            part.startswith(wanted)
            for name in (folded(row.client_name or ""),)
            for part in (name, *name.split())
        )
    )[:ROWS]


def _row_of(state: ConversationState) -> Row:
    return Row(
        contact_id=state.contact_id,
        status=state.status,
        client_name=state.client_name,
        phone_number=state.phone_number,
        agent_id=state.agent_id,
        message_count=state.message_count,
        last_message_at=state.last_message_at,
        last_inbound_at=state.last_inbound_at,
        opted_out=state.opted_out,
        reason=state.reason,
    )
