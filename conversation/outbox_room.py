"""Whether more openers may be stored: those of a large batch must not hold up people's answers.

Openers and answers wait in one queue. Calls end, and a monitor finds them, faster than senders send
openers; what a person is answered meanwhile would wait behind thousands. So none is begun while
many wait. The monitor goes on with its next tick: the senders are busy all the same, and nobody
waits for longer than they take.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WAITING: Final = 500
"""Doorbells: half a minute of work for five senders."""

BELIEVED_S: Final = 2.0
"""How long an answer of the queue is believed: it is asked before each opener."""


class OutboxRoom:
    """``waiting`` tells about how many doorbells wait. Safe to use from several threads."""

    def __init__(self, waiting: Callable[[], int], clock: Callable[[], float]) -> None:
        self._waiting = waiting
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._has_room = True

    def __call__(self) -> bool:
        """Whether there is room. Where nobody can tell, there is: senders and sweeper cope."""
        with self._lock:
            now = self._clock()
            if self._asked_at is None or now - self._asked_at >= BELIEVED_S:
                self._asked_at, self._has_room = now, self._look()
            return self._has_room

    def _look(self) -> bool:
        try:
            return self._waiting() < MOST_WAITING
        except Transient:
            return True
