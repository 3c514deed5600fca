"""The readiness loop: sockets, timers and results of other threads, all on one thread.

A pass waits for readiness, serves the sockets, and then runs a timer and a handed-in call, or more
of them where the sockets are busy: what has been asked is answered before the next is asked, and
neither busy sockets nor ten thousand timers starve the rest. An exception of a callback never ends
the loop: it goes to the supervisor as `CallbackFailedError`.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from connector.waker import SocketWaker
from conversation.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import FileDescriptorLike

    from connector.waker import Waker

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE

_SERVING_S: Final = 0.005
"""So long sockets are served, before timers and calls have their turn: each for as long…"""
_PART: Final = 0.25
"""…or for a part of the time that the sockets took, where they were all served before."""
_LEAST_S: Final = 0.0001
"""One call as a rule, and then the sockets again: what has been asked is answered first."""

_WORTH_SWEEPING: Final = 64


_Call = tuple["Callable[..., object]", tuple[object, ...]]


def nothing() -> None:
    """Do nothing."""


class CallbackFailedError(Defect):
    """A callback raised. Its exception is the cause; the message names both, and no data."""

    def __init__(self, callback: object, cause: Exception) -> None:
        name = getattr(callback, "__qualname__", type(callback).__name__)
        super().__init__(f"{name} raised {type(cause).__name__}", reason="callback_failed")
        self.__cause__ = cause


class Timer:
    """A call that has yet to come. Cancelling is cheap, and harmless when it has come already."""

    __slots__ = ("_args", "_run", "_timers", "at")

    def __init__(
        self, at: float, run: Callable[..., object], args: tuple[object, ...], timers: _Timers
    ) -> None:
        self.at = at
        """When it comes, by the loop's clock."""
        self._run: Callable[..., object] | None = run
        self._args = args
        self._timers = timers

    @property
    def pending(self) -> bool:
        """Whether it will still run."""
        return self._run is not None

    def cancel(self) -> None:
        """Make sure that it does not run any more, and let go of what it holds."""
        if self._run is not None:
            self._run, self._args = None, ()
            self._timers.one_cancelled()

    def take(self) -> _Call | None:
        """Give the call away, so that nobody runs it twice."""
        run, args = self._run, self._args
        self._run, self._args = None, ()
        return None if run is None else (run, args)


class _Timers:
    """A heap. Cancelled timers stay in it until they come up or make up half of it."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, when: float, run: Callable[..., object], args: tuple[object, ...]) -> Timer:
        timer = Timer(when, run, args, self)
        heapq.heappush(self._heap, (when, next(self._order), timer))
        return timer

    def one_cancelled(self) -> None:
        self._cancelled += 1
        if self._cancelled > _WORTH_SWEEPING and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].pending]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_at(self) -> float | None:
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> _Call | None:
        due_at = self.next_at()
        if due_at is None or due_at > now:
            return None
        return heapq.heappop(self._heap)[2].take()


class Watch:
    """What is called for a file object; nothing once it is unregistered, even within a pass."""

    __slots__ = ("callback", "events", "fileobj")

    def __init__(
        self, fileobj: FileDescriptorLike, events: int, callback: Callable[[int], object]
    ) -> None:
        self.fileobj = fileobj
        self.events = events
        self.callback: Callable[[int], object] | None = callback


class Loop:
    """Runs callbacks on the thread that calls `run`.

    All methods belong to that thread, except `call_soon_threadsafe`. ``on_error`` is the
    supervisor: it gets every exception of a callback; what it raises itself ends the loop.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        selector: selectors.BaseSelector | None = None,
        *,
        on_error: Callable[[CallbackFailedError], None],
        waker: Waker | None = None,
    ) -> None:
        self.now = clock
        self._selector = selector or selectors.DefaultSelector()
        self._on_error = on_error
        self._waker = waker or SocketWaker()
        self._timers = _Timers()
        self._soon: deque[_Call] = deque()
        self._stopping = False
        self._asleep = False
        self.before_waiting: Callable[[], object] = nothing
        """Called before each look at the sockets; must not raise."""
        self.register(self._waker, READ, lambda _ready: self._waker.drain())

    def register(
        self, fileobj: FileDescriptorLike, events: int, callback: Callable[[int], object]
    ) -> Watch:
        """Call ``callback(ready)`` in each pass in which one of ``events`` is ready."""
        watch = Watch(fileobj, events, callback)
        self._selector.register(fileobj, events, watch)
        return watch

    def modify(self, watch: Watch, events: int, callback: Callable[[int], object]) -> None:
        """Watch for other events, or call someone else. Takes effect within the pass."""
        watch.callback = callback
        if events != watch.events:
            watch.events = events
            self._selector.modify(watch.fileobj, events, watch)

    def unregister(self, watch: Watch) -> None:
        """Stop watching. The caller does this before closing. No call comes afterwards."""
        self._selector.unregister(watch.fileobj)
        # What is watched may keep the watch: neither waits for the collector.
        watch.fileobj, watch.callback = -1, None

    def call_at(self, when: float, run: Callable[..., object], *args: object) -> Timer:
        """Run once when the clock has reached ``when``; timers of one instant keep their order."""
        return self._timers.add(when, run, args)

    def call_later(self, delay_s: float, run: Callable[..., object], *args: object) -> Timer:
        """Run once in ``delay_s`` seconds."""
        return self._timers.add(self.now() + delay_s, run, args)

    def call_soon(self, run: Callable[..., object], *args: object) -> None:
        """Run once in this pass or the next, never inside the caller."""
        self._soon.append((run, args))

    def call_soon_threadsafe(self, run: Callable[..., object], *args: object) -> None:
        """Do as `call_soon`, from any thread or signal handler. Ignored when the loop is closed."""
        self._soon.append((run, args))
        # Awake, it finds the call before it waits again; of many callers one wakes it.
        if self._asleep:
            self._asleep = False
            self._waker.wake()

    def attempt(self, callback: Callable[..., object], *args: object) -> None:
        """Run now. An exception goes to the supervisor and not to the caller."""
        try:
            callback(*args)
        except Exception as error:  # noqa: BLE001  # the supervisor's loop: nothing may end it
            self._on_error(CallbackFailedError(callback, error))

    def run(self) -> None:
        """Make passes until `stop`."""
        while not self._stopping:
            self.turn()
        self._stopping = False

    def stop(self) -> None:
        """End `run` after this pass, or at once when it has yet to begin."""
        self._stopping = True

    def close(self) -> None:
        """Free the selector and the waker. What is still registered belongs to its owners."""
        self._selector.close()
        self._waker.close()

    def turn(self) -> None:
        """Make one pass: wait for the next thing to do, and do what is there."""
        self.before_waiting()
        self._asleep = True  # before the last look at what is to be done: see call_soon_threadsafe
        patience = self._patience()
        self._asleep = patience != 0
        ready = iter(self._selector.select(patience))
        self._asleep = False
        more = True
        while more:
            began = self.now()
            more = self._serve(ready, began + _SERVING_S)
            took_s = self.now() - began
            rest_s = took_s if more else max(took_s * _PART, _LEAST_S)
            self._run_due(rest_s)
            self._run_soon(rest_s)

    def idle(self) -> bool:
        """Whether nothing is ready, due or handed in: the loop would wait now."""
        return self._patience() != 0 and not self._selector.select(0)

    def _patience(self) -> float | None:
        if self._soon or self._stopping:
            return 0
        due_at = self._timers.next_at()
        return None if due_at is None else max(0.0, due_at - self.now())

    def _serve(self, ready: Iterator[tuple[selectors.SelectorKey, int]], until: float) -> bool:
        """Call for sockets that are ready. Whether there may be more of them."""
        for key, events in ready:
            watch: Watch = key.data
            if watch.callback is not None:  # one earlier in the pass may have closed its socket
                self.attempt(watch.callback, events)
            if self.now() >= until:
                return True
        return False

    def _run_due(self, seconds: float) -> None:
        now = self.now()
        while (due := self._timers.pop_due(now)) is not None:
            self.attempt(due[0], *due[1])
            if self.now() >= now + seconds:
                return

    def _run_soon(self, seconds: float) -> None:
        until = self.now() + seconds
        # Only what is there now: a call that asks for another call does not hold up the sockets.
        for _ in range(len(self._soon)):
            run, args = self._soon.popleft()
            self.attempt(run, *args)
            if self.now() >= until:
                return
