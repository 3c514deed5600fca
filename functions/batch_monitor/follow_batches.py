"""Following batches: which are to be opened, and who of their recipients is to be settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from conversation.batches import Mark, Stage
from conversation.eligibility import Why
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conversation.batches import Batch, Recipient, Record
    from conversation.signals import Signals
    from conversation.variables import StartSettings
    from functions.batch_monitor.setbacks import Setbacks
    from functions.batch_monitor.settle import Settlement
    from functions.batch_monitor.spread import Spread

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Batches(Protocol):
    """Where batches are looked up."""

    def batches(self) -> Iterator[list[Batch]]:
        """Every batch of the workspace, page by page."""

    def recipients(self, batch_id: str) -> list[Recipient]:
        """All recipients of a batch; none of one that is gone."""


class Progress(Protocol):
    """What is known of batches from earlier ticks."""

    def marks(self, batch_ids: Iterable[str]) -> Mapping[str, Mark]:
        """How far we are with these batches."""

    def of(self, batch_id: str) -> Mapping[str, Record]:
        """The decisions on a batch's recipients."""

    def mark(self, batch_id: str, mark: Mark, now: datetime) -> None:
        """Store how far we are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFollower:
    """Opens a batch until nothing in it is undecided, and again when it moves.

    What is decided is stored recipient by recipient, and the batch's own mark last: whoever is
    killed in between, or out of time, leaves the batch open for the next tick.
    """

    settings: StartSettings
    provider: Batches
    progress: Progress
    settlement: Settlement
    spread: Spread
    signals: Signals
    clock: Callable[[], datetime]
    room: Callable[[], bool] = lambda: True
    """Whether openers may go out: where not, batches stay open, and nothing is asked of them."""
    mix: Callable[[list[Recipient]], None] = lambda _: None
    """Mixes who was looked at equally long ago: monitors that overlap begin with others."""

    def follow(
        self, first_start: datetime, in_time: Callable[[], bool], setbacks: Setbacks
    ) -> None:
        """Look at every batch that may hold a finished call, as long as there is time."""
        for page in self.provider.batches():
            if not in_time():
                return
            batches = [batch for batch in page if self._concerns_us(batch)]
            marks = self.progress.marks(batch.batch_id for batch in batches)
            for batch in batches:
                if not in_time() or not self.room():
                    return
                if _settled(batch, marks.get(batch.batch_id)):
                    continue
                look = partial(self._look, batch, first_start, in_time, setbacks)
                setbacks.survive(look, None, batch_id=batch.batch_id)

    def _concerns_us(self, batch: Batch) -> bool:
        agents = self.settings.agent_ids
        scheduled = not batch.finished and batch.status == "pending" and not batch.dispatched
        return (not agents or batch.agent_id in agents) and not scheduled

    def _look(
        self,
        batch: Batch,
        first_start: datetime,
        in_time: Callable[[], bool],
        setbacks: Setbacks,
    ) -> None:
        if batch.finished and 0 < batch.updated_unix <= first_start.timestamp():
            before = Mark(batch.updated_unix, 0, batch.status, Why.BEFORE_FIRST_START)
            self.progress.mark(batch.batch_id, before, self.clock())
            return
        undecided = self._settle(batch, first_start, in_time, setbacks)
        if undecided is None:
            return
        mark = Mark(batch.updated_unix, undecided, batch.status)
        self.progress.mark(batch.batch_id, mark, self.clock())
        self.signals(
            Signal.BATCH_SEEN, batch_id=batch.batch_id, status=batch.status, count=undecided
        )

    def _settle(
        self,
        batch: Batch,
        first_start: datetime,
        in_time: Callable[[], bool],
        setbacks: Setbacks,
    ) -> int | None:
        """How many remain undecided, a batch that goes on counted as one.

        ``None``: there was no time, or no room.
        """
        records = self.progress.of(batch.batch_id)

        def settle(recipient: Recipient) -> bool | None:
            if not in_time() or not self.room():
                return None
            work = partial(self.settlement.recipient, batch.batch_id, recipient, first_start)
            return setbacks.survive(work, otherwise=False, call_id=recipient.call_id)

        waiting = self._open(self.provider.recipients(batch.batch_id), records)
        moving = [r for r in waiting if r.stage is Stage.MOVING]
        finished = [r for r in waiting if r.stage is not Stage.MOVING]
        undecided = len(moving) + (0 if batch.finished else 1)
        for settled in self.spread(settle, finished):
            if settled is None:
                return None
            undecided += not settled
        return undecided

    def _open(self, recipients: list[Recipient], records: Mapping[str, Record]) -> list[Recipient]:
        """Those to be looked at, those never looked at first: none waits behind a stuck one."""
        stale = self.clock() - timedelta(hours=self.settings.opener_max_age_h)
        found = [r for r in recipients if not _decided(r, records) and not _abandoned(r, stale)]
        self.mix(found)
        return sorted(found, key=lambda r: _looked_at(r, records))


def _settled(batch: Batch, mark: Mark | None) -> bool:
    return mark is not None and not mark.undecided and mark.updated_unix == batch.updated_unix


def _decided(recipient: Recipient, records: Mapping[str, Record]) -> bool:
    record = records.get(recipient.recipient_id)
    return record is not None and record.settles(recipient.call_id)


def _abandoned(recipient: Recipient, stale: datetime) -> bool:
    """A call that never came to an end will have none that anyone waits for."""
    return recipient.stage is Stage.MOVING and recipient.updated_at < stale


def _looked_at(recipient: Recipient, records: Mapping[str, Record]) -> datetime:
    record = records.get(recipient.recipient_id)
    return record.looked_at if record else _NEVER
