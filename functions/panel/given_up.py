"""What was given up: listed with what to do about it, and replayed or dropped by an operator.

There are two kinds, as ``conversation.dead_letters`` says. Messages are in the table, and listed as
they are now. Queue messages are seen by one reader at a time, so that they are looked at rarely.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from conversation.dead_letters import Box, Buried, Letter, Outcome, hindrance
from conversation.identifiers import ContactId, MessageKey
from conversation.overview import Page
from conversation.state import ConversationState
from functions.panel.bulk import Sweep
from functions.panel.roles import Right
from functions.panel.shown import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from conversation.overview import Row
    from conversation.replaying import Replaying
    from functions.panel.advice import Advice
    from functions.panel.bulk import Bulk
    from functions.panel.ports import Shelf
    from functions.panel.roles import Visitor

ROWS: Final = 25
MOST_LETTERS: Final = 50
"""Of one queue: more are shown when these have been seen to."""

LOOKED_THROUGH: Final = 500
"""Letters of a queue, or messages, among which those are looked for that something is done with."""

KEPT: Final = timedelta(seconds=60)
"""So long the queues are not looked into again, however many pages are open."""

FRESH_FOR: Final = timedelta(seconds=5)
"""So long not even for who opens the page anew."""

_LONGEST: Final = 64


class Deed(StrEnum):
    """What is done with one."""

    REPLAY = "replay"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDeadLetter:
    """One of them. ``id`` is what ``hilo dead-letters`` calls it, too; no text is among it."""

    id: str
    where: str
    contact_id: str | None
    name: str | None
    number: str | None
    kind: str
    state: str | None
    reason: str
    since: datetime
    what_to_do: str
    hindrance: str | None
    """Why it cannot be replayed now."""


class Graveyard(Protocol):
    """The messages that failed for good."""

    def page(self, *, limit: int, cursor: str | None = None) -> Page[Buried]:
        """Some of them, the newest first."""

    def find(self, contact_id: ContactId, key: MessageKey) -> Buried | None:
        """One of them, as it is now."""


class Boxes(Protocol):
    """The queues of dead letters. Raises ``Transient``."""

    def opened(
        self, only: Collection[Box] = tuple(Box), most: int | None = None
    ) -> AbstractContextManager[list[Letter]]:
        """Their letters, which nobody else sees until they are put back."""


class Waiting(Protocol):
    """How much there is in the queues."""

    def count(self) -> int:
        """About how many letters. Raises ``Transient``."""


class GivenUp:
    """The use cases. Safe to call from several threads."""

    def __init__(
        self,
        *,
        graveyard: Graveyard,
        boxes: Boxes,
        waiting: Waiting,
        shelf: Shelf,
        replaying: Replaying,
        advice: Advice,
    ) -> None:
        self._graveyard = graveyard
        self._boxes = boxes
        self._waiting = waiting
        self._shelf = shelf
        self._replaying = replaying
        self._advice = advice
        self._lock = threading.Lock()
        self._seen: tuple[datetime, tuple[Letter, ...]] | None = None

    def messages(self, language: str, now: datetime, cursor: str) -> Page[ShownDeadLetter]:
        """A page of the messages. Raises ``Refused`` for a cursor that is none."""
        page = self._graveyard.page(limit=ROWS, cursor=cursor or None)
        rows = self._rows(each.contact_id for each in page.items)
        shown = (
            self._buried(each, rows.get(each.contact_id), language, now) for each in page.items
        )
        return Page(tuple(shown), page.cursor)

    def letters(
        self, language: str, now: datetime, kept: timedelta = KEPT
    ) -> tuple[ShownDeadLetter, ...]:
        """The queue messages, the newest first, as they were no longer than ``kept`` ago."""
        letters = self._looked(now, kept)
        rows = self._rows(each.bell.contact_id for each in letters if each.bell)
        return tuple(self._letter(each, rows, language) for each in letters)

    def perform(self, deed: Deed, name: str, visitor: Visitor, now: datetime) -> Outcome:
        """Replay or drop the one called ``name``, and record it.

        Raises ``Refused`` where the role does not allow it, and ``Transient``.
        """
        visitor.require(Right.ACT)
        first, _, rest = name.partition(":")
        if first in set(Box):
            return self._with_letter(deed, Box(first), name, visitor.who, now)
        whole = 0 < len(first) <= _LONGEST and 0 < len(rest) <= _LONGEST
        buried = self._graveyard.find(ContactId(first), MessageKey(rest)) if whole else None
        return self._done(deed, buried, visitor.who, now)

    def perform_all(self, deed: Deed, reason: str, visitor: Visitor, now: datetime) -> Bulk:
        """Replay or drop what was given up for ``reason``, so many at once; each is recorded.

        Raises as :meth:`perform`: what was done by then stays done.
        """
        visitor.require(Right.ACT)
        again, do = deed is Deed.REPLAY, self._doing(deed)
        sweep = Sweep(lambda each: do(each, visitor.who, now), by_turn=again)
        if self._waiting.count():
            with self._lock, self._boxes.opened(most=LOOKED_THROUGH) as letters:
                self._seen = None
                for letter in (each for each in letters if each.reason == reason):
                    sweep.take(letter, _no_doorbell(letter) if again else None)
        more = self._sweep_messages(sweep, reason, now, again=again)
        return sweep.result(more=more)

    def _sweep_messages(self, sweep: Sweep, reason: str, now: datetime, *, again: bool) -> bool:
        """Page by page. Whether there are pages that were not looked at."""
        cursor: str | None = None
        for _ in range(LOOKED_THROUGH // ROWS):
            page = self._graveyard.page(limit=ROWS, cursor=cursor)
            those = [each for each in page.items if each.reason == reason]
            rows = self._rows(each.contact_id for each in those) if again else {}
            for each in those:
                standing = _standing(each, rows.get(each.contact_id))
                sweep.take(each, hindrance(each, standing, now) if again else None)
            cursor = page.cursor
            if sweep.full or cursor is None:
                break
        return cursor is not None

    def _with_letter(self, deed: Deed, box: Box, name: str, who: str, now: datetime) -> Outcome:
        with self._lock, self._boxes.opened((box,), LOOKED_THROUGH) as letters:
            self._seen = None
            wanted = next((each for each in letters if each.name == name), None)
            return self._done(deed, wanted, who, now)

    def _done(self, deed: Deed, wanted: Letter | Buried | None, who: str, now: datetime) -> Outcome:
        if wanted is None:
            return Outcome.UNKNOWN
        return self._doing(deed)(wanted, who, now)

    def _doing(self, deed: Deed) -> Callable[[Letter | Buried, str, datetime], Outcome]:
        return self._replaying.replay if deed is Deed.REPLAY else self._replaying.drop

    def _looked(self, now: datetime, kept: timedelta) -> tuple[Letter, ...]:
        with self._lock:
            if self._seen is None or now - self._seen[0] > kept:
                self._seen = (now, self._read())
            return self._seen[1]

    def _read(self) -> tuple[Letter, ...]:
        if not self._waiting.count():  # receiving takes a second a queue
            return ()
        with self._boxes.opened(most=MOST_LETTERS) as letters:
            return tuple(sorted(letters, key=lambda each: each.sent_at, reverse=True))

    def _rows(self, contacts: Iterable[ContactId]) -> Mapping[ContactId, Row]:
        wanted = list(dict.fromkeys(contacts))
        return {row.contact_id: row for row in self._shelf.rows(wanted)} if wanted else {}

    def _buried(
        self, each: Buried, row: Row | None, language: str, now: datetime
    ) -> ShownDeadLetter:
        return ShownDeadLetter(
            id=each.name,
            where=each.direction.value,
            contact_id=each.contact_id,
            name=row.client_name if row else None,
            number=masked(row.phone_number) if row else None,
            kind=each.kind,
            state=each.state.value,
            reason=each.reason,
            since=each.since,
            what_to_do=self._advice.about(each.reason, language),
            hindrance=hindrance(each, _standing(each, row), now),
        )

    def _letter(
        self, each: Letter, rows: Mapping[ContactId, Row], language: str
    ) -> ShownDeadLetter:
        bell = each.bell
        row = rows.get(bell.contact_id) if bell else None
        return ShownDeadLetter(
            id=each.name,
            where=f"{each.box}_queue",
            contact_id=row.contact_id if row else None,
            name=row.client_name if row else None,
            number=masked(row.phone_number) if row else None,
            kind=bell.kind if bell else "unreadable",
            state=None,
            reason=each.reason,
            since=each.sent_at,
            what_to_do=self._advice.about(each.reason, language),
            hindrance=_no_doorbell(each),
        )


def _no_doorbell(each: Letter) -> Outcome | None:
    return None if each.bell else Outcome.NO_DOORBELL


def _standing(each: Buried, row: Row | None) -> ConversationState:
    """As much of the conversation as decides whether a replay would go."""
    if row is None:
        return ConversationState(contact_id=each.contact_id)
    return ConversationState(
        contact_id=row.contact_id, opted_out=row.opted_out, last_inbound_at=row.last_inbound_at
    )
