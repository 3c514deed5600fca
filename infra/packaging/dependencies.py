"""The wheels of ``functions/requirements.txt``, unpacked once for each platform and Python."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "host"
_GLIBC: Final = ("2_34", "2_28", "2_17")
"""Lambda's Python 3.12 and newer run on Amazon Linux 2023, whose C library is 2.34."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a package is to run: ``aarch64``, ``x86_64`` or ``host``, and a Python like ``3.13``.

    ``host`` is this machine and the running Python, whatever ``python`` says.
    """

    platform: str
    python: str

    @property
    def version(self) -> str:
        """The Python that runs the package."""
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        return running if self.platform == HOST else self.python

    def options(self) -> list[str]:
        """What makes pip take wheels for it, and never a source that it would build for us."""
        if self.platform == HOST:
            return ["--only-binary=:all:"]
        tags = [f"--platform=manylinux_{glibc}_{self.platform}" for glibc in _GLIBC]
        tags += [f"--platform=manylinux2014_{self.platform}"]
        return [
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self.python}",
            *tags,
        ]


def unpacked(requirements: Path, target: Target, cache: Path) -> Path:
    """The folder that holds the requirements for ``target``, filled by pip if it is new.

    Compiled, where an interpreter for it is at hand. Raises ``CalledProcessError`` where pip cannot
    find a wheel for it. Safe to run side by side: the first fills it, the others wait.
    """
    python = interpreter(target.version)
    folder = cache / _key(requirements, target, compiled=python is not None)
    with _alone(cache):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=cache) as half:
                into = Path(half) / "unpacked"
                _install(requirements, target, into)
                if python:
                    compile_all(python, into)
                into.rename(folder)
    return folder


def interpreter(version: str) -> str | None:
    """A Python of this version that runs here; ``None`` where there is none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    # Asked, not looked up alone: a version manager may leave a command that only fails.
    found = shutil.which(f"python{version}")
    return found if found and _runs(found) else None


def compile_all(python: str, root: Path, *folders: str) -> None:
    """Compile what is in ``root``, or in these folders of it, for its place in a Lambda.

    Its file system is read-only: what is not compiled here is compiled at each cold start. By hash
    and unchecked, since the dates in a package mean nothing.
    """
    command = [python, "-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash"]
    command += ["-s", str(root), "-p", "/var/task"]
    subprocess.run([*command, *(str(root / each) for each in folders or (".",))], check=True)  # noqa: S603 - an interpreter


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _key(requirements: Path, target: Target, *, compiled: bool) -> str:
    told = f"{target.platform} {target.version} {sys.platform} {compiled}"
    return hashlib.sha256(told.encode() + requirements.read_bytes()).hexdigest()[:16]


def _install(requirements: Path, target: Target, into: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", f"--target={into}"]
    command += [*target.options(), f"--requirement={requirements}"]
    subprocess.run(command, check=True)  # noqa: S603 - pip, with our own requirements


def _runs(python: str) -> bool:
    asked = subprocess.run([python, "-c", ""], check=False, capture_output=True)  # noqa: S603 - an interpreter
    return asked.returncode == 0
