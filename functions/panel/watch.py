"""What the connectors hold and do: the leases, the sockets, and what their owners tell of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.identifiers import ContactId
from conversation.overview import Page, Socket
from functions.panel import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from conversation.identifiers import MessageKey
    from conversation.leases import Lease
    from conversation.overview import Report, SocketEvent
    from functions.panel.ports import Bells, Desk, Leases, Orders, Shelf
    from functions.panel.shown import ShownSocket

A = TypeVar("A")
B = TypeVar("B")

ROWS: Final = 25
_AT_ONCE: Final = 4
"""Shards that are asked about at the same time."""

FRESH_FOR: Final = timedelta(seconds=5)
"""So long nobody asks a shard's owner again, however many look."""

STALE_AFTER: Final = timedelta(minutes=2)
"""What an owner told longer ago than this is not shown any more."""

_ASKED_BY: Final = "panel"


class Watching:
    """The use cases. Safe to call from several threads."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        leases: Leases,
        desk: Desk,
        orders: Orders,
        bells: Bells,
        new_key: Callable[[], MessageKey],
        shards: int,
    ) -> None:
        self._shelf = shelf
        self._leases = leases
        self._desk = desk
        self._orders = orders
        self._bells = bells
        self._new_key = new_key
        self.shards = shards

    def fleet(self, now: datetime) -> tuple[Lease, ...]:
        """Who holds which shard."""
        return self._leases.read(now).leases

    def board(
        self, leases: Sequence[Lease], now: datetime, cursor: str | None
    ) -> list[tuple[Lease, int, Page[ShownSocket]]]:
        """Of each shard how many sockets are open, and a page of them. All shards at once."""

        def of(lease: Lease) -> tuple[Lease, int, Page[ShownSocket]]:
            return lease, self.sockets_of(lease.shard), self.sockets(lease, now, cursor)

        return _at_once(of, leases)

    def sockets(self, lease: Lease, now: datetime, cursor: str | None) -> Page[ShownSocket]:
        """The open sockets of a shard, with what its owner last told of each.

        Where that is not fresh the owner is asked to tell again; the next look has it.
        """
        page = self._shelf.sockets(lease.shard, limit=ROWS, cursor=cursor)
        return Page(self._shown(page.items, lease, now), page.cursor)

    def socket_of(self, contact_id: ContactId, lease: Lease, now: datetime) -> Page[ShownSocket]:
        """One contact's socket, however many are open on the shard; none where it has none."""
        state = self._shelf.state(contact_id)
        if state is None or state.open_on is None or state.session_opened_at is None:
            return Page(())
        one = Socket(
            contact_id=state.contact_id,
            phone_number=state.phone_number,
            agent_id=state.agent_id,
            session=state.elevenlabs_conversation_id,
            shard=lease.shard,
            epoch=state.epoch,
            opened_at=state.session_opened_at,
        )
        return Page(self._shown([one], lease, now))

    def sockets_of(self, shard: int) -> int:
        """How many are open on a shard."""
        return self._shelf.count_sockets(shard)

    def open_sockets(self) -> int:
        """How many are open over all shards."""
        return sum(_at_once(self.sockets_of, range(self.shards)))

    def events(self, limit: int = 40) -> list[SocketEvent]:
        """What happened on the sockets, the newest first."""
        of_shards = _at_once(partial(self._shelf.events, limit=limit), range(self.shards))
        found = (event for events in of_shards for event in events)
        return sorted(found, key=lambda event: event.at, reverse=True)[:limit]

    def _shown(
        self, sockets: Sequence[Socket], lease: Lease, now: datetime
    ) -> tuple[ShownSocket, ...]:
        report = self._report(lease, now) if sockets else None
        told = {each.contact_id: each for each in report.sockets} if report else {}
        asked_at = report.asked_at if report else now
        return tuple(
            shown.socket(one, lease, told.get(one.contact_id), asked_at) for one in sockets
        )

    def _report(self, lease: Lease, now: datetime) -> Report | None:
        target = f"shard#{lease.shard}"
        reports = self._desk.reports(target)
        if lease.owner and not (reports and now - reports[0].asked_at < FRESH_FOR):
            self._ask(target, now)
        told = (each for each in reports if each.done and now - each.asked_at < STALE_AFTER)
        return next(told, None)

    def _ask(self, target: str, now: datetime) -> None:
        key = self._new_key()
        with suppress(Transient):  # the page is shown without, and asks again
            self._orders.ask(target, key, "report", _ASKED_BY, now)
            self._bells.ring(Doorbell(BellKind.COMMAND, ContactId(target), key))


def _at_once(ask: Callable[[A], B], about: Iterable[A]) -> list[B]:
    """Each answer, in order. The table is far away: what is asked together is waited for once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, about))
