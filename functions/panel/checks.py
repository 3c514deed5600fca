"""Whether it is set up well and keeps up: what the panel can see of that by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from conversation.errors import HiloError
from conversation.messages import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from conversation.leases import Lease

LATE: Final = timedelta(minutes=2)
"""A message that waits longer than this is late: the sweeper has rung for it in vain."""

_KEPT: Final = timedelta(seconds=30)


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``value`` is what was found, a number or a reason."""

    name: str
    verdict: Verdict
    value: str = ""


class Pending(Protocol):
    """The index of what is unfinished."""

    def oldest(self, side: Direction, shard: int) -> datetime | None:
        """Since when the oldest has stood in it."""


class DeadLetters(Protocol):
    """The queues of what nobody heeded."""

    def count(self) -> int:
        """About how many there are."""


class Checking:
    """The use case. Answers are kept for half a minute: pages ask often."""

    def __init__(
        self,
        *,
        pending: Pending,
        dead_letters: DeadLetters,
        agent_answers: Callable[[], object],
        told: bool,
        shards: int,
    ) -> None:
        self._pending = pending
        self._dead_letters = dead_letters
        self._agent_answers = agent_answers
        self._told = told
        self._shards = shards
        self._lock = threading.Lock()
        self._known: tuple[datetime, tuple[Check, ...]] | None = None

    def checks(self, fleet: Sequence[Lease], now: datetime) -> tuple[Check, ...]:
        """Every check. What cannot be looked at is bad, with the reason why."""
        return (_connectors(fleet), *self._slow(now))

    def _slow(self, now: datetime) -> tuple[Check, ...]:
        with self._lock:
            if self._known is None or now - self._known[0] > _KEPT:
                self._known = (now, tuple(self._made(now)))
            return self._known[1]

    def _made(self, now: datetime) -> Iterator[Check]:
        yield _looked("unanswered", lambda: self._age("unanswered", Direction.INBOUND, now))
        yield _looked("unsent", lambda: self._age("unsent", Direction.OUTBOUND, now))
        yield _looked("dead_letters", self._letters)
        yield _looked("agent", self._agent)
        yield Check("notices", Verdict.OK if self._told else Verdict.WARN)

    def _age(self, name: str, side: Direction, now: datetime) -> Check:
        since = (self._pending.oldest(side, shard) for shard in range(self._shards))
        age = now - min(filter(None, since), default=now)
        seconds = max(0, int(age.total_seconds()))
        return Check(name, Verdict.BAD if age > LATE else Verdict.OK, f"{seconds} s")

    def _letters(self) -> Check:
        count = self._dead_letters.count()
        return Check("dead_letters", Verdict.WARN if count else Verdict.OK, str(count))

    def _agent(self) -> Check:
        self._agent_answers()
        return Check("agent", Verdict.OK)


def _connectors(fleet: Sequence[Lease]) -> Check:
    held = sum(1 for lease in fleet if lease.owner)
    verdict = Verdict.OK if fleet and held == len(fleet) else Verdict.BAD
    return Check("connectors", verdict, f"{held} / {len(fleet)}")


def _looked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except HiloError as error:
        return Check(name, Verdict.BAD, error.reason)
