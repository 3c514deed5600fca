"""``hilo doctor``: what usually goes wrong, looked for with your own keys, before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated, Final

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from conversation.errors import Permanent
from conversation.findings import Finding, Verdict
from conversation.settings import environment
from infra.cli.options import Env  # noqa: TC001 - as above
from infra.cli.output import last_line
from infra.doctor.asking import TIMEOUT_S
from infra.doctor.deployed import values_of
from infra.doctor.examination import Examination
from infra.doctor.groups import groups_of
from infra.doctor.keeping import keep
from infra.local.data import DataFolder
from infra.local.processes import ROOT
from infra.local.settings import given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SICK, UNSET = 1, 2
MARKS: Final[Mapping[Verdict, str]] = {
    Verdict.OK: "[green]ok[/]",
    Verdict.FAILED: "[bold red]FAIL[/]",
    Verdict.UNTOLD: "[yellow]?[/]",
}


def doctor(
    *,
    attach: Annotated[bool, typer.Option(help="Look at the stack that `hilo up` runs.")] = False,
    stack: Annotated[
        str | None, typer.Option(help="Look at this CloudFormation stack, with your AWS profile.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
    data: Annotated[Path, typer.Option(help="The folder of the stack that runs.")] = ROOT
    / ".local",
    env: Env = ROOT / ".env",
) -> None:
    """Check keys, agents, templates, webhooks and queues. Exit 0 well, 1 not, 2 settings."""
    values = _values(data if attach else None, stack, env)
    with httpx.Client(timeout=TIMEOUT_S, trust_env=not _is_local(values)) as http:
        groups = groups_of(values)
        checks = list(Examination(groups, values, http).checks())
    not_kept = keep(groups, values, checks, datetime.now(UTC))
    if not as_json:
        show(checks)
        kept = (
            f"not kept for the panel: {not_kept}"
            if not_kept
            else "kept for the panel's health page"
        )
        Console(highlight=False).print(kept, soft_wrap=True, markup=False)
    last_line(
        {
            "ok": status_of(checks) == 0,
            "kept": not_kept is None,
            "checks": [check.document() for check in checks],
        }
    )
    raise typer.Exit(status_of(checks))


def status_of(checks: Sequence[Finding]) -> int:
    """0: nothing failed; 2: settings are missing or wrong; 1: anything else failed."""
    failed = [check.name for check in checks if check.verdict is Verdict.FAILED]
    if "settings" in failed:
        return UNSET
    return SICK if failed else 0


def show(checks: Sequence[Finding]) -> None:
    """For people: a row a check, and below it what mends it."""
    table = Table("", "check", "what was found, and what mends it", box=None, pad_edge=False)
    for check in checks:
        found = escape(check.detail)
        if check.verdict is not Verdict.OK:
            found += f"\n[bold]→[/] {escape(check.remedy)}"
        table.add_row(MARKS[check.verdict], check.name, found)
    Console(highlight=False).print(table)


def _values(running: Path | None, stack: str | None, env: Path) -> Mapping[str, str]:
    mine = environment() | given(env)
    if stack is not None:
        return mine | values_of(stack, mine)
    if running is None:
        return mine
    found = DataFolder(running).read_running()
    if found is None:
        raise Permanent(
            f"no stack runs in {running}: start it with `make up`, or leave --attach out",
            reason="not_running",
        )
    return found.environment


def _is_local(values: Mapping[str, str]) -> bool:
    """Simulators are asked past any proxy."""
    return bool(values.get("TWILIO_API_URL") or values.get("AWS_ENDPOINT_URL"))
