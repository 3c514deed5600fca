"""The folder in which a local stack keeps what survives a restart."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from conversation.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S: Final = 12.0
"""A little more than the watchdog of a killed stack takes to stop what was left."""


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """Made once per folder. Without them stored data could not be found or opened again."""

    pepper: str
    elevenlabs_api_key: str
    elevenlabs_webhook_secret: str
    twilio_account_sid: str
    twilio_auth_token: str
    panel_link_key: str = ""


@dataclass(frozen=True, slots=True)
class RunningStack:
    """What a running stack tells other commands. The environment holds secrets."""

    pid: int
    urls: dict[str, str]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Names in the folder of one local stack."""

    root: Path

    @property
    def logs(self) -> Path:
        """One file of JSON lines a process."""
        return self.root / "logs"

    def of(self, name: str) -> Path:
        """Where the child ``name`` keeps its own data. Exists when this returns."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def secrets(self) -> LocalSecrets:
        """The secrets of this folder, made now if there are none."""
        path = self.root / "secrets.json"
        if not path.exists():
            write_private(path, json.dumps(asdict(_made())))
        known = LocalSecrets(**json.loads(path.read_text(encoding="utf-8")))
        if not known.panel_link_key:  # a folder of before there was a panel
            known = replace(known, panel_link_key=_made().panel_link_key)
            write_private(path, json.dumps(asdict(known)))
        return known

    def read_running(self) -> RunningStack | None:
        """The stack that runs in this folder, if one does."""
        path = self.root / _RUNNING
        if not path.exists():
            return None
        told = RunningStack(**json.loads(path.read_text(encoding="utf-8")))
        return told if _alive(told.pid) else None

    def write_running(self, stack: RunningStack) -> None:
        """Let other commands find ``stack``."""
        write_private(self.root / _RUNNING, json.dumps(asdict(stack)))

    def forget_running(self) -> None:
        """No stack runs here any more."""
        (self.root / _RUNNING).unlink(missing_ok=True)

    def wipe(self) -> None:
        """Forget everything but the lock. Only its holder may."""
        for path in self.root.iterdir():
            if path.name != _LOCK:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def locked(self, patience_s: float = PATIENCE_S) -> Iterator[int]:
        """While inside, no other stack uses this folder. Yields the lock's descriptor.

        Raises ``Permanent`` if another still holds it after ``patience_s``, or it cannot be ours.
        """
        descriptor = self._descriptor()
        try:
            _lock(descriptor, self.root, patience_s)
            yield descriptor
        finally:
            os.close(descriptor)

    def _descriptor(self) -> int:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not (self.root / _LOCK).exists() and any(self.root.iterdir()):
                # ``wipe`` would take away what is not ours.
                raise Permanent(
                    f"{self.root} has files in it that are not Hilo's: name another folder",
                    reason="not_ours",
                )
            return os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Permanent(
                f"{self.root} cannot hold the data ({error.strerror}): name another folder",
                reason="no_folder",
            ) from error


_LOCK: Final = "lock"
_RUNNING: Final = "running.json"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; it is never there by half."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lock(descriptor: int, root: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Permanent(
                    f"another local stack is using {root}: stop it first", reason="in_use"
                ) from None
            time.sleep(0.1)
        else:
            return


def _made() -> LocalSecrets:
    return LocalSecrets(
        pepper=secrets.token_hex(32),
        elevenlabs_api_key=f"sk_{secrets.token_hex(24)}",
        elevenlabs_webhook_secret=f"wsec_{secrets.token_hex(32)}",
        twilio_account_sid=f"AC{secrets.token_hex(16)}",
        twilio_auth_token=secrets.token_hex(16),
        panel_link_key=secrets.token_hex(32),
    )
