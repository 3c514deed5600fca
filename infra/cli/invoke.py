"""``hilo invoke FUNCTION``: one call of a Lambda, with a real event.

In AWS's own image by ``sam local invoke`` where a container engine runs; otherwise the same event
through the same handler, in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from conversation.errors import Permanent
from infra.cli.options import Data, Env  # noqa: TC001 - typer reads them at run time
from infra.cli.output import complain
from infra.local import sam
from infra.local.data import DataFolder, write_private
from infra.local.gateway.functions import FUNCTIONS
from infra.local.gateway.signing import signed
from infra.local.processes import ROOT
from infra.local.settings import base_environment, given

FunctionName = StrEnum("FunctionName", {name: name for name in FUNCTIONS})  # type: ignore[misc]  # made from the table

NO_STACK = "No stack runs here: the function has no tables. Start one with `make up`."


class By(StrEnum):
    """Who calls the function."""

    AUTO = "auto"
    SAM = "sam"
    HANDLER = "handler"


def invoke(
    function: Annotated[FunctionName, typer.Argument(help="The folder's name in functions/.")],
    event: Annotated[
        Path | None, typer.Option(help="A JSON file; default: tests/events/FUNCTION.json.")
    ] = None,
    by: Annotated[By, typer.Option(help="sam needs docker or finch; auto takes what is there.")] = (
        By.AUTO
    ),
    data: Data = ROOT / ".local",
    env: Env = ROOT / ".env",
) -> None:
    """Call one function with one event, signed as the provider would. Uses the running stack."""
    file = event or ROOT / "tests" / "events" / f"{function}.json"
    if not file.is_file():
        raise Permanent(f"there is no event in {file}: name one with --event", reason="no_event")
    environment = _environment(DataFolder(data), env)
    runner = _runner(by)
    with tempfile.TemporaryDirectory(prefix="hilo-invoke-") as folder:
        ready = _signed(file, environment, Path(folder))
        command = (
            runner.command(function, ready, environment, ready.parent)
            if runner
            else [sys.executable, "-m", "infra.local.gateway.once", function, str(ready)]
        )
        done = subprocess.run(command, env=environment, cwd=ROOT, check=False)  # noqa: S603 - our own words
    raise typer.Exit(done.returncode)


def _runner(by: By) -> sam.Sam | None:
    runner = None if by is By.HANDLER else sam.found(ROOT)
    if by is By.SAM and runner is None:
        raise Permanent(
            "sam local invoke needs the SAM CLI and a running docker or finch: leave --by out",
            reason="no_engine",
        )
    return runner


def _signed(file: Path, environment: dict[str, str], folder: Path) -> Path:
    event = _read(file)
    ready = folder / "event.json"
    write_private(ready, json.dumps(signed(event, environment, datetime.now(UTC))))
    return ready


def _read(file: Path) -> dict[str, Any]:
    try:
        event = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise Permanent(f"{file} is not JSON: {error}", reason="no_event") from error
    if not isinstance(event, dict):
        raise Permanent(f"{file} is no event: one is a JSON object", reason="no_event")
    return event


def _environment(data: DataFolder, env: Path) -> dict[str, str]:
    running = data.read_running()
    if running:
        return running.environment
    complain(NO_STACK)
    return base_environment(given(env))
