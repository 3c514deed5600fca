"""All that was given up for one reason, seen to at once: as many as one request has time for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.dead_letters import Buried

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
        elif self._is_done(each):
            self._done += 1
        else:
            self._left += 1

    def result(self, *, more: bool) -> Bulk:
        """How far it came. ``more``: not all were taken."""
        return Bulk(self._done, self._left, self.full or more)

    def _is_done(self, each: Letter | Buried) -> bool:
        """Do it, unless it went with another message of its turn."""
        turn = each.goes_with if self._by_turn and isinstance(each, Buried) else None
        done = turn in self._turns or self._do(each).done
        if turn is not None and done:
            self._turns.add(turn)
        return done
