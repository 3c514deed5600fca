"""The local AWS, the command `hilo` as a process, and simulators started by hand."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.processes import ROOT
from infra.local.settings import given
from infra.local.stack import EMULATOR_HOME

OURS = ("ELEVENLABS_", "TWILIO_", "OPENER", "ALLOWED_", "DEFAULT_AGENT", "MONITOR_", "CONTINUE_")


@pytest.fixture(scope="session", autouse=True)
def emulator():
    if not (EMULATOR_HOME / "bin" / "ministack").exists() and os.environ.get("CI") != "true":
        pytest.skip("the local AWS is not installed: `make install` installs it")


@pytest.fixture(scope="session")
def plain_environment(tmp_path_factory):
    """This process' environment without any setting of Hilo's."""
    mine = given(tmp_path_factory.getbasetemp() / "none")
    return {name: value for name, value in mine.items() if not name.startswith(OURS)}


def until(condition, within_s=30):
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def processes_of(folder):
    """The command lines of all processes that name the folder, in arguments or environment."""
    known = Path("/proc")
    if not known.exists():
        listed = subprocess.run(
            ["/bin/ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True
        )
        return [line for line in listed.stdout.splitlines() if str(folder) in line]
    found = []
    for process in known.iterdir():
        with contextlib.suppress(OSError):
            told = [(process / name).read_bytes() for name in ("cmdline", "environ")]
            if process.name != str(os.getpid()) and any(str(folder).encode() in t for t in told):
                found.append(told[0].replace(b"\0", b" ").decode(errors="replace"))
    return found


@dataclass
class Ended:
    """A command that has ended."""

    status: int
    lines: list
    errors: str

    @property
    def last(self):
        return json.loads(self.lines[-1])

    def step(self, name):
        return next(step for step in self.last["steps"] if step["name"] == name)


def a_hilo(environment, folder):
    """Runs `hilo …` to its end, with its stack in ``folder``."""

    def run(*arguments, within_s=120, **settings):
        command = [sys.executable, "-m", "infra.cli", *arguments]
        command += ["--data", str(folder), "--env", str(folder / "no.env")]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, env=environment | settings, capture_output=True, text=True,
            timeout=within_s, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout.splitlines(), done.stderr)

    run.folder = folder
    return run


@pytest.fixture
def hilo(plain_environment, tmp_path):
    """Runs `hilo …` to its end, in a folder of its own: ``hilo.folder``."""
    return a_hilo(plain_environment, tmp_path / "stack")


class Up:
    """A `hilo` command that runs until it is told to stop."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        self.lines.extend(self.process.stdout)

    def printed(self):
        return "".join(self.lines)

    def interrupt(self, within_s=40):
        """Ctrl-C, and the end."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(within_s)
        self._reader.join(5)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)
        self._reader.join(5)
        self.process.stdout.close()


@contextlib.contextmanager
def a_start(environment, folder):
    """Starts `hilo …` and lets it run, with its stack in ``folder``; it is stopped at the end."""
    started = []

    def begin(*arguments, **settings):
        command = [sys.executable, "-m", "infra.cli", *arguments]
        command += ["--data", str(folder), "--env", str(folder / "no.env")]
        started.append(Up(command, environment | settings))
        return started[-1]

    begin.folder = folder
    try:
        yield begin
    finally:
        for each in started:
            each.close()


@pytest.fixture
def start(plain_environment, tmp_path):
    """Starts `hilo …` and lets it run, in a folder of its own: ``start.folder``."""
    with a_start(plain_environment, tmp_path / "stack") as begin:
        yield begin


@pytest.fixture
def by_hand(plain_environment):
    """Starts a module that prints where it listens, as somebody would by hand; its address."""
    with contextlib.ExitStack() as started:

        def begin(module, *arguments):
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, "--port=0", *arguments],
                cwd=ROOT, env=plain_environment, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            started.callback(process.stdout.close)
            started.callback(process.wait, 20)
            started.callback(process.terminate)
            return json.loads(process.stdout.readline())["listening"]

        yield begin
