"""Following calls that belong to no batch, through the list of all conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from conversation.batches import SINGLE_CALLS, Mark
from conversation.calls import CallDirection, CallState
from conversation.variables import ContinueCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from conversation.batches import ListedCall, Record
    from conversation.variables import StartSettings
    from functions.batch_monitor.setbacks import Setbacks
    from functions.batch_monitor.settle import Settlement
    from functions.batch_monitor.spread import Spread

LONGEST_CALL: Final = timedelta(hours=2, minutes=10)
"""ElevenLabs ends any conversation after two hours. The list is by when calls *began*."""


class ListedCalls(Protocol):
    """Where calls are listed."""

    def calls(self, *, after_unix: int) -> Iterator[list[ListedCall]]:
        """The conversations with a voice that began after ``after_unix``, the oldest first."""


class Progress(Protocol):
    """What is known of single calls from earlier ticks."""

    def marks(self, batch_ids: Iterable[str]) -> Mapping[str, Mark]:
        """How far we are."""

    def among(self, batch_id: str, recipient_ids: Iterable[str]) -> Mapping[str, Record]:
        """The decisions on some calls."""

    def mark(self, batch_id: str, mark: Mark, now: datetime) -> None:
        """Store how far we are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFollower:
    """Looks again, at each tick, at what began since the oldest call that is undecided."""

    settings: StartSettings
    provider: ListedCalls
    progress: Progress
    settlement: Settlement
    spread: Spread
    clock: Callable[[], datetime]
    room: Callable[[], bool] = lambda: True
    """Whether openers may go out: where not, the next tick looks from where this one did."""

    def follow(
        self, first_start: datetime, in_time: Callable[[], bool], setbacks: Setbacks
    ) -> None:
        """Look at every call that may have to be continued, as long as there is time."""
        if self.settings.continue_calls is ContinueCalls.BATCH:
            return
        now = self.clock()
        oldest_open = int((now - LONGEST_CALL).timestamp())
        undecided = 0
        for page in self.provider.calls(after_unix=self._since(first_start, now)):
            open_calls = self._settle(page, in_time, setbacks) if in_time() else None
            if open_calls is None:
                return
            undecided += len(open_calls)
            oldest_open = min([oldest_open, *(call.started_unix - 1 for call in open_calls)])
        self.progress.mark(SINGLE_CALLS, Mark(oldest_open, undecided), self.clock())

    def _since(self, first_start: datetime, now: datetime) -> int:
        age = timedelta(hours=self.settings.opener_max_age_h)
        horizon = int((max(first_start, now - age) - LONGEST_CALL).timestamp())
        mark = self.progress.marks([SINGLE_CALLS]).get(SINGLE_CALLS)
        return max(horizon, mark.updated_unix) if mark else horizon

    def _settle(
        self, page: list[ListedCall], in_time: Callable[[], bool], setbacks: Setbacks
    ) -> list[ListedCall] | None:
        """The calls of the page that remain undecided; ``None``: there was no time, or no room."""

        def settle(call: ListedCall) -> tuple[ListedCall, bool] | None:
            if not in_time() or not self.room():
                return None
            work = partial(self.settlement.single, call.call_id)
            return (call, setbacks.survive(work, otherwise=False, call_id=call.call_id))

        ours = [call for call in page if self._concerns_us(call)]
        going_on = [call for call in ours if call.state is CallState.GOING_ON]
        ended = [call for call in ours if call.state is not CallState.GOING_ON]
        known = self.progress.among(SINGLE_CALLS, [call.call_id for call in ended])
        new = [call for call in ended if not _decided(call, known)]
        still_open = going_on
        for looked in self.spread(settle, new):
            if looked is None:
                return None
            call, settled = looked
            still_open += [] if settled else [call]
        return still_open

    def _concerns_us(self, call: ListedCall) -> bool:
        """Whether the row alone does not rule it out; the number is not told there."""
        agents, all_calls = self.settings.agent_ids, ContinueCalls.ALL
        wrong_way = (
            self.settings.continue_calls is not all_calls
            and call.direction is CallDirection.INBOUND
        )
        return (not agents or call.agent_id in agents) and not wrong_way


def _decided(call: ListedCall, known: Mapping[str, Record]) -> bool:
    record = known.get(call.call_id)
    return record is not None and record.settles(call.call_id)
