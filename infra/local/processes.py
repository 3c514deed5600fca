"""A supervisor of child processes: starts them in order, watches them, leaves none behind.

Each child runs in a session of its own, so that Ctrl-C reaches the supervisor alone, which then
stops the children in reverse order. If the supervisor is killed, its watchdog stops them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self, assert_never

from conversation.errors import Permanent
from infra.local import watchdog
from infra.local.logs import LineLog, listening_in
from infra.local.ports import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

ROOT: Final = Path(__file__).parents[2]
"""The project's folder, in which every child runs: there its modules are found."""

RESTARTS: Final = 5
"""So many times in a row a child that is to be restarted may die before the supervisor gives up."""

STEADY_S: Final = 60.0
"""A child that lived this long begins a new row."""

LAST_WORDS_S: Final = 5.0
"""So long a dead child's last lines are waited for: a grandchild may hold its pipe open."""


@dataclass(frozen=True, slots=True)
class SaysListening:
    """Ready once it prints ``{"listening": "http://127.0.0.1:<port>"}`` on a line of its own."""


@dataclass(frozen=True, slots=True)
class AnswersAt:
    """Ready once a GET of ``path`` at ``url`` answers 200."""

    url: str
    path: str


Ready = SaysListening | AnswersAt


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run, under which name, in which environment (nothing is inherited beside it)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    ready: Ready = field(default_factory=SaysListening)
    ready_within_s: float = 30.0
    stop_within_s: float = 10.0
    restart: bool = False
    together: bool = False
    """It ends at the same time as its neighbours that are to: each would wait for the others."""


class ChildDiedError(Permanent):
    """A child ended by itself. The message holds the last lines of its log."""

    def __init__(self, name: str, code: int | None, last_lines: list[str]) -> None:
        tail = "\n".join(f"    {line}" for line in last_lines) or "    (it said nothing)"
        super().__init__(f"{name} ended with status {code}. It said last:\n{tail}", reason="died")
        self.name = name


class StopRequested(Exception):
    """Someone asked to stop (Ctrl-C, SIGTERM): leave by the context managers."""


class Child:
    """One running child. ``url`` is where it listens, once it is ready."""

    def __init__(self, spec: ChildSpec, log: LineLog) -> None:
        self.spec = spec
        self.url = ""
        self.deaths = 0
        self.born = time.monotonic()
        self.log = log
        self._asked = False
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - the commands are this project's own
            self.spec.command,
            env=dict(self.spec.environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
        )
        listener = threading.Thread(target=self._listen, args=(process.stdout,), daemon=True)
        listener.start()
        self._heard = listener.join
        return process

    def _listen(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.log.write(line)
                self.url = listening_in(line) or self.url

    def respawn(self) -> None:
        """Start the same command again, after a death."""
        steady = time.monotonic() - self.born > STEADY_S
        self.deaths = 1 if steady else self.deaths + 1
        self.born = time.monotonic()
        self.url = ""
        self._asked = False
        self.process = self._spawn()

    def is_ready(self) -> bool:
        """Whether it can be used now. Raises ``ChildDiedError`` if it has ended."""
        if self.process.poll() is not None:
            raise self.died()
        match self.spec.ready:
            case SaysListening():
                return bool(self.url)
            case AnswersAt(url, path):
                self.url = url if answers(url + path) else ""
                return bool(self.url)
            case unknown:
                assert_never(unknown)

    def died(self) -> ChildDiedError:
        """The error that tells of its death, once all that it said was heard."""
        self._heard(LAST_WORDS_S)
        return ChildDiedError(self.spec.name, self.process.poll(), self.log.last_lines())

    def ask_to_stop(self) -> None:
        """SIGTERM, once: a second one may mean that there is no time for goodbyes."""
        if not self._asked:
            self._asked = True
            self._send(signal.SIGTERM)

    def stop(self) -> None:
        """End it: SIGTERM, patience, SIGKILL; then whatever is left of its group."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.spec.stop_within_s)
        self._send(signal.SIGKILL)
        self.process.wait()

    def _send(self, number: signal.Signals) -> None:
        # The group outlives its leader while it has members, so that its number is still ours.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Supervisor:
    """Starts children and answers for their end. Use it as a context manager.

    The watchdog inherits the descriptors in ``keep_open``: a lock on one of them is held until the
    last child is gone, whatever became of the supervisor.
    """

    def __init__(
        self, *, logs: Path, report: Callable[[str], None] = print, keep_open: tuple[int, ...] = ()
    ) -> None:
        self._logs = logs
        self._keep_open = keep_open
        self._report = report
        self._children: list[Child] = []
        self._stopping = False
        self._lifeline: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._lifeline = subprocess.Popen(  # noqa: S603 - our own file, our own interpreter
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            pass_fds=self._keep_open,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, spec: ChildSpec) -> str:
        """Run a child, wait until it is ready, and return where it listens.

        Raises ``ChildDiedError`` if it ends or is not ready in time, ``StopRequested`` if asked to.
        """
        child = Child(spec, LineLog(self._logs / f"{spec.name}.jsonl", spec.name))
        self._children.append(child)
        self._watch(f"+{child.process.pid}")
        deadline = time.monotonic() + spec.ready_within_s
        while not child.is_ready():
            if time.monotonic() > deadline:
                raise ChildDiedError(spec.name, None, child.log.last_lines())
            self._pause(0.02)
        return child.url

    def check(self) -> None:
        """Look once at every child: restart what is to be restarted, raise for what is not."""
        for child in self._children:
            if child.process.poll() is not None:
                self._bury(child)

    def wait(self) -> None:
        """Watch until someone asks to stop; returns then. Raises ``ChildDiedError``."""
        with contextlib.suppress(StopRequested):
            while True:
                self.pause(0.2)

    def pause(self, seconds: float) -> None:
        """Look once at every child, then wait. Raises ``ChildDiedError``, ``StopRequested``."""
        self.check()
        self._pause(seconds)

    def request_stop(self) -> None:
        """Ask whoever waits in ``start`` or ``wait`` to leave. Safe in a signal handler."""
        # Not an Event: a handler that sets one may find its lock held by the very code that it
        # interrupted, and wait for ever.
        self._stopping = True

    def stop(self) -> None:
        """Stop the children, last started first, then the watchdog. May be called again."""
        while self._children:
            for child in reversed(self._children):
                if not child.spec.together:
                    break
                child.ask_to_stop()
            child = self._children.pop()
            child.stop()
            self._watch(f"-{child.process.pid}")
        if self._lifeline and self._lifeline.stdin:
            self._lifeline.stdin.close()
            self._lifeline.wait()
            self._lifeline = None

    def pids(self) -> dict[str, int]:
        """The running children's process ids, by name, and the watchdog's."""
        known = {child.spec.name: child.process.pid for child in self._children}
        return known | ({"watchdog": self._lifeline.pid} if self._lifeline else {})

    def _bury(self, child: Child) -> None:
        death = child.died()
        if not child.spec.restart or child.deaths >= RESTARTS:
            raise death
        self._report(f"{death} - starting it again")
        self._watch(f"-{child.process.pid}")
        child.respawn()
        self._watch(f"+{child.process.pid}")

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
        if self._stopping:
            raise StopRequested

    def _watch(self, line: str) -> None:
        if self._lifeline and self._lifeline.stdin:
            # A watchdog that was killed must not keep us from stopping the others.
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.stdin.write(f"{line}\n")
                self._lifeline.stdin.flush()


@contextlib.contextmanager
def stopping_on_signals(supervisor: Supervisor) -> Iterator[None]:
    """While inside, Ctrl-C, SIGTERM and a closed terminal ask ``supervisor`` to stop.

    They only set a flag: an exception out of a signal handler could strike between the start of a
    child and its registration, and leave the child behind.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = {n: signal.signal(n, lambda *_: supervisor.request_stop()) for n in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
