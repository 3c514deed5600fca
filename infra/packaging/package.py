"""One function's package: its own code, what it imports, and nothing of the other functions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.packaging.contents import KEPT_OF, LEFT_OUT
from infra.packaging.dependencies import compile_all, interpreter, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.packaging.dependencies import Target

_NEVER: Final = frozenset({"bin", "tests"})


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
    python = interpreter(target.version)
    if python:
        compile_all(python, into, "conversation", "functions")
    return python is not None


def _but_needed(root: Path, left_out: frozenset[str]) -> Callable[[str, list[str]], Iterable[str]]:
    def ignored(folder: str, names: list[str]) -> Iterable[str]:
        inside = Path(folder).relative_to(root)
        return [name for name in names if _stays_out(inside / name, left_out)]

    return ignored


def _stays_out(path: Path, left_out: frozenset[str]) -> bool:
    if path.name in _NEVER or path.as_posix() in left_out or _owner(path) in left_out:
        return True
    kept = KEPT_OF.get(path.parent.as_posix())
    return kept is not None and not path.suffix and path.name not in kept | {"__pycache__"}


def _owner(path: Path) -> str:
    """``yarl-1.25.1.dist-info`` belongs to yarl, ``_cffi_backend.cpython-313.so`` to itself."""
    return path.parts[0].partition("-")[0].partition(".")[0].lower()
