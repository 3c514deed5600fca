"""One function's package: its own code, what it imports, and nothing of the other functions."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.packaging.contents import AWS_SERVICES, LEFT_OUT
from infra.packaging.dependencies import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.packaging.dependencies import Target

_NEVER: Final = frozenset({"__pycache__", "bin", "tests"})
_MODELS: Final = ("botocore/data", "boto3/data")


def build(function: str, into: Path, *, source: Path, target: Target, cache: Path) -> bool:
    """Fill the empty folder ``into``. ``False``: it could not be byte-compiled here."""
    requirements = source / "functions" / "requirements.txt"
    wheels = unpacked(requirements, target, cache)
    shutil.copytree(
        wheels, into, dirs_exist_ok=True, ignore=_but_needed(wheels, LEFT_OUT[function])
    )
    for ours in ("conversation", f"functions/{function}"):
        shutil.copytree(source / ours, into / ours, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "functions" / "__init__.py", into / "functions" / "__init__.py")
    return _compile(into, target)


def _but_needed(root: Path, left_out: frozenset[str]) -> Callable[[str, list[str]], Iterable[str]]:
    def ignored(folder: str, names: list[str]) -> Iterable[str]:
        inside = Path(folder).relative_to(root)
        return [name for name in names if _stays_out(inside / name, left_out)]

    return ignored


def _stays_out(path: Path, left_out: frozenset[str]) -> bool:
    if path.name in _NEVER or path.as_posix() in left_out or _owner(path) in left_out:
        return True
    models = path.parent.as_posix() in _MODELS
    return models and not path.suffix and path.name not in AWS_SERVICES


def _owner(path: Path) -> str:
    """``yarl-1.25.1.dist-info`` belongs to yarl, ``attr`` and such to themselves."""
    return path.parts[0].partition("-")[0].removesuffix(".py").lower()


def _compile(into: Path, target: Target) -> bool:
    # Lambda's file system is read-only: what is not compiled here is compiled at each cold start.
    # By hash and unchecked, since the dates in a package mean nothing.
    python = _interpreter(target.version)
    if python is None:
        return False
    command = [python, "-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash"]
    subprocess.run([*command, "-s", str(into), "-p", "/var/task", str(into)], check=True)  # noqa: S603 - an interpreter
    return True


def _interpreter(version: str) -> str | None:
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    # Asked, not looked up alone: a version manager may leave a command that only fails.
    found = shutil.which(f"python{version}")
    return found if found and _runs(found) else None


def _runs(python: str) -> bool:
    asked = subprocess.run([python, "-c", ""], check=False, capture_output=True)  # noqa: S603 - an interpreter
    return asked.returncode == 0
