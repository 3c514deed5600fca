"""How commands speak: to people on the way, and in one line of JSON at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def last_line(result: Mapping[str, object]) -> None:
    """The last line of a command that measures or checks: one JSON object."""
    print(json.dumps(result, ensure_ascii=False), flush=True)


def complain(what: str, points: Sequence[str] = ()) -> None:
    """Say on the error channel what went wrong, point by point."""
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]{escape(what)}[/]", soft_wrap=True)
    for point in points:
        console.print(f"  - {escape(point)}", soft_wrap=True)
