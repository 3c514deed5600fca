"""The wheels of ``functions/requirements.txt``, unpacked once for each platform and Python."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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

    Raises ``CalledProcessError`` where pip cannot find a wheel for it. Safe to run side by side.
    """
    folder = cache / _key(requirements, target)
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as half:
            _install(requirements, target, Path(half) / "unpacked")
            _keep(Path(half) / "unpacked", folder)
    return folder


def _key(requirements: Path, target: Target) -> str:
    told = f"{target.platform} {target.version} {sys.platform}".encode() + requirements.read_bytes()
    return hashlib.sha256(told).hexdigest()[:16]


def _install(requirements: Path, target: Target, into: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", f"--target={into}"]
    command += [*target.options(), f"--requirement={requirements}"]
    subprocess.run(command, check=True)  # noqa: S603 - pip, with our own requirements


def _keep(half: Path, folder: Path) -> None:
    try:
        half.rename(folder)
    except OSError:
        # Another build was faster: what it made is the same.
        if not folder.exists():
            raise
        shutil.rmtree(half)
