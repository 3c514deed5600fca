"""A process of the benchmark, driven by lines of JSON and measured from outside."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[3]
_TICKS = os.sysconf("SC_CLK_TCK")
_GOODBYE_S = 10.0
_START_S = 60.0


class StalledError(Exception):
    """A process did not answer in time, or ended."""


@dataclass(frozen=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    rss_kb: int
    files: int
    threads: int


class Process:
    """``first`` is what it said when it was ready. ``more``: what its environment has besides."""

    def __init__(
        self,
        command: Sequence[str],
        more: Mapping[str, str] | None = None,
        *,
        start_s: float = _START_S,
    ) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            command,
            cwd=ROOT,
            env=_environment() | dict(more or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self.first = self.hear(start_s)

    def ask(self, within_s: float, /, **command: Any) -> dict[str, Any]:
        """Give a command, and wait for its answer."""
        self.tell(**command)
        return self.hear(within_s)

    def tell(self, **command: Any) -> None:
        """Give a command."""
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise StalledError(f"{command}: the process has ended") from error

    def hear(self, within_s: float) -> dict[str, Any]:
        """The next line."""
        try:
            line = self._lines.get(timeout=within_s)
        except queue.Empty:
            raise StalledError(f"no answer within {within_s:.0f} s") from None
        if not line:
            raise StalledError("the process has ended")
        return json.loads(line)

    def usage(self) -> Usage:
        """CPU, memory and open files, as the kernel counts them."""
        proc = Path("/proc") / str(self._process.pid)
        fields = (proc / "stat").read_text().rpartition(")")[2].split()
        rollup = (proc / "smaps_rollup").read_text().splitlines()
        rss = next(int(line.split()[1]) for line in rollup if line.startswith("Rss:"))
        files = sum(1 for _ in (proc / "fd").iterdir())
        return Usage((int(fields[11]) + int(fields[12])) / _TICKS, rss, files, int(fields[17]))

    def end(self) -> None:
        """Ask it to go, and see that it does."""
        try:
            self.tell(do="quit")
            self._process.wait(_GOODBYE_S)
        except (StalledError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdin.close()

    def _listen(self) -> None:
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
