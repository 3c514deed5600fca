"""``hilo invoke FUNCTION``: one call of a Lambda's own handler, as the gateway makes it."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated

import typer

from conversation.errors import Permanent
from infra.cli.options import Data, Env  # noqa: TC001 - as above
from infra.local.data import DataFolder
from infra.local.gateway.functions import FUNCTIONS
from infra.local.processes import ROOT
from infra.local.settings import base_environment, given

FunctionName = StrEnum("FunctionName", {name: name for name in FUNCTIONS})  # type: ignore[misc]  # made from the table


def invoke(
    function: Annotated[FunctionName, typer.Argument(help="The folder's name in functions/.")],
    event: Annotated[
        Path | None, typer.Option(help="A JSON file; default: tests/events/FUNCTION.json.")
    ] = None,
    data: Data = ROOT / ".local",
    env: Env = ROOT / ".env",
) -> None:
    """Call one function with one event. It works on the running stack, if one is up."""
    file = event or ROOT / "tests" / "events" / f"{function}.json"
    if not file.is_file():
        raise Permanent(f"there is no event in {file}: name one with --event", reason="no_event")
    command = [sys.executable, "-m", "infra.local.gateway.once", function, str(file.resolve())]
    environment = _environment(DataFolder(data), env)
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False)  # noqa: S603 - our own module
    raise typer.Exit(done.returncode)


def _environment(data: DataFolder, env: Path) -> dict[str, str]:
    running = data.read_running()
    return running.environment if running else base_environment(given(env))
