"""All that was given up for one reason, seen to at once: as many as one request has time for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.dead_letters import Buried
from conversation.messages import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conversation.dead_letters import Letter, Outcome
    from functions.panel.given_up import ShownDeadLetter

AT_ONCE: Final = 50
"""Each takes some reads and writes, and a Lambda function has 30 s."""

_FEW: Final = 2
"""From so many on they are offered together."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Of those that a page shows, how many have one reason, and how many of them would go again."""

    reason: str
    count: int
    replayable: int


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of all of one reason."""

    done: int
    left: int
    """They were looked at, and are as they were: it would be in vain, or they stand otherwise."""
    more: bool
    """There are others, which were not looked at."""


def alike(shown: Iterable[ShownDeadLetter]) -> tuple[Alike, ...]:
    """The reasons that several have, the most frequent first."""
    whole = list(shown)
    free = Counter(each.reason for each in whole if each.hindrance is None)
    counts = Counter(each.reason for each in whole).most_common()
    return tuple(Alike(reason, n, free[reason]) for reason, n in counts if n >= _FEW)


class Sweep:
    """Does one deed with many, each once, until there were :data:`AT_ONCE`."""

    def __init__(self, do: Callable[[Letter | Buried], Outcome], *, by_turn: bool) -> None:
        self._do = do
        self._by_turn = by_turn
        """What people wrote goes with all of its turn."""
        self._done = 0
        self._left = 0
        self._turns: set[tuple[str, str]] = set()
        self.full = False
        """One more was there, and not done."""

    def take(self, each: Letter | Buried, hindrance: Outcome | None) -> None:
        """One more. What is hindered is left as it is, and takes nobody's place."""
        if hindrance is not None:
            self._left += 1
        elif self._done >= AT_ONCE:
            self.full = True
        elif self._went_with_another(each) or self._do(each).done:
            self._done += 1
            self._remember(each)
        else:
            self._left += 1

    def result(self, *, more: bool) -> Bulk:
        """How far it came. ``more``: not all were taken."""
        return Bulk(self._done, self._left, self.full or more)

    def _went_with_another(self, each: Letter | Buried) -> bool:
        return self._turn_of(each) in self._turns

    def _remember(self, each: Letter | Buried) -> None:
        turn = self._turn_of(each)
        if turn is not None:
            self._turns.add(turn)

    def _turn_of(self, each: Letter | Buried) -> tuple[str, str] | None:
        if not self._by_turn or not isinstance(each, Buried) or each.turn is None:
            return None
        return (each.contact_id, each.turn) if each.direction is Direction.INBOUND else None
