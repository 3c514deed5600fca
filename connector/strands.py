"""Work off the loop, in order: what belongs to one name runs one after the other.

Blocking calls run on a few threads; who waits, who is next and when to try again is known to the
loop's thread alone, so that there are no locks.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from connector.loop import Loop

T = TypeVar("T")

_FIRST_DELAY_S: Final = 0.2
_LONGEST_DELAY_S: Final = 10.0
_LULL_S: Final = 0.02


@dataclass(slots=True)
class Job(Generic[T]):
    """``work`` runs on a thread; ``done`` and ``failed`` on the loop, exactly one of them, once.

    A ``patient`` job is tried again after a ``Transient`` failure, for as long as it is
    ``wanted``. A job that nobody wants any more ends without a word.
    """

    work: Callable[[], T]
    done: Callable[[T], object]
    failed: Callable[[Exception], object]
    wanted: Callable[[], bool]
    patient: bool = True
    tries: int = 0


class Strands:
    """A pool of threads and the strands of work they serve. Belongs to the loop's thread."""

    def __init__(self, loop: Loop, *, threads: int, chance: Random) -> None:
        self._loop = loop
        self._chance = chance
        self._waiting: dict[str, deque[Job[Any]]] = {}
        self._ripe: list[tuple[str, Job[Any]]] = []
        self._ready: queue.SimpleQueue[tuple[str, Job[Any]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"strands-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads end once they have done what is in their hands."""
        self._hand_all_over()
        for _ in self._threads:
            self._ready.put(None)

    def submit(self, name: str, job: Job[T]) -> None:
        """Run ``job`` after all that was submitted under ``name`` before."""
        waiting = self._waiting.get(name)
        if waiting is not None:
            waiting.append(job)
            return
        self._waiting[name] = deque((job,))
        self._hand_over(name, job)

    @property
    def pending(self) -> int:
        """How many jobs are waiting or under way."""
        return sum(map(len, self._waiting.values()))

    def _serve(self) -> None:
        while entry := self._ready.get():
            name, job = entry
            try:
                result, error = job.work(), None
            except Exception as caught:  # noqa: BLE001 - a supervisor's loop: the loop decides
                result, error = None, caught
            self._loop.call_soon_threadsafe(self._ended, name, job, result, error)

    def _ended(self, name: str, job: Job[Any], result: object, error: Exception | None) -> None:
        wanted = job.wanted()
        if isinstance(error, Transient) and wanted and job.patient:
            self._again(name, job, error)
            return
        self._next(name)
        if error is None:
            self._loop.attempt(job.done, result)
        elif wanted:
            self._loop.attempt(job.failed, error)

    def _again(self, name: str, job: Job[Any], error: Transient) -> None:
        most = min(_FIRST_DELAY_S * 2**job.tries, _LONGEST_DELAY_S)
        job.tries += 1
        delay_s = max(self._chance.uniform(0, most), error.retry_after_s or 0)
        self._loop.call_later(delay_s, lambda: self._retry(name, job))

    def _retry(self, name: str, job: Job[Any]) -> None:
        if job.wanted():
            self._hand_over(name, job)
        else:
            self._next(name)

    def _next(self, name: str) -> None:
        waiting = self._waiting[name]
        waiting.popleft()
        while waiting and not waiting[0].wanted():
            waiting.popleft()
        if waiting:
            self._hand_over(name, waiting[0])
        else:
            del self._waiting[name]

    def _hand_over(self, name: str, job: Job[Any]) -> None:
        self._ripe.append((name, job))
        if len(self._ripe) == 1:
            self._loop.call_soon(self._hand_all_over)

    def _hand_all_over(self) -> None:
        # Together, once the loop has done what is at hand: each thread that wakes in between
        # would take the interpreter from it.
        ripe, self._ripe = self._ripe, []
        for entry in ripe:
            self._ready.put(entry)


class Aside:
    """Work that may be lost: one thread, a bounded queue, and no answer. For rings and logs.

    It rests a moment whenever it is done, so that under load one waking serves for many jobs.
    """

    def __init__(self, on_error: Callable[[Exception], object], *, most: int = 10_000) -> None:
        self._on_error = on_error
        self._most = most
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="aside", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Do what is left, for so long."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def put(self, work: Callable[[], object]) -> bool:
        """Do it some time. ``False``: too much is waiting, it is lost. From any thread."""
        if self._jobs.qsize() >= self._most:
            return False
        self._jobs.put(work)
        return True

    def _serve(self) -> None:
        while work := self._jobs.get():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - a supervisor's loop
                self._on_error(error)
            if self._jobs.empty():
                self._stopping.wait(_LULL_S)
