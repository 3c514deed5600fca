"""``hilo up``: the whole system on this machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from infra.cli.options import Data, Env  # noqa: TC001 - typer reads them at run time
from infra.cli.panel import link
from infra.local.processes import ROOT, StopRequested
from infra.local.settings import Provider, given, reaches_people
from infra.local.stack import LocalStack, StackOptions


def up(
    *,
    fresh: Annotated[bool, typer.Option(help="Forget everything stored before.")] = False,
    data: Data = ROOT / ".local",
    env: Env = ROOT / ".env",
    port: Annotated[int, typer.Option(help="The webhooks' port, for a tunnel; 0: free.")] = 0,
    page_port: Annotated[int, typer.Option(help="The page's port; 0: free.")] = 0,
) -> None:
    """Start Hilo on this machine, with simulators for what has no keys. Ctrl-C stops it."""
    values = given(env)
    options = StackOptions(
        data=data, fresh=fresh, gateway_port=port, page_port=page_port, handle_signals=True
    )
    console = Console(highlight=False)
    console.print("Starting Hilo on this machine …")
    try:
        with LocalStack(
            values, options, report=lambda line: console.print(escape(line), soft_wrap=True)
        ) as stack:
            for line in summary(stack, reaches_people=reaches_people(values)):
                console.print(line, soft_wrap=True)
            stack.wait()
            console.print("Stopping …")
    except StopRequested:
        console.print("Stopped before it was up.")
    console.print("Stopped. Nothing is left running.")


def summary(stack: LocalStack, *, reaches_people: bool) -> list[str]:
    """What runs where, in one place, as lines with markup."""
    rows = [
        (name, url, "simulated" if name in stack.simulated else "")
        for name, url in _page_first(stack.urls).items()
    ]
    rows += [
        (provider, stack.environment.get(f"{provider.upper()}_API_URL", ""), "the real one")
        for provider in sorted(set(Provider) - stack.simulated)
    ]
    if reaches_people:
        rows.append(("openers", stack.environment.get("OPENERS", "on"), "see ALLOWED_NUMBERS"))
    if key := stack.environment.get("PANEL_LINK_KEY"):
        rows.append(("panel", link(stack.urls["gateway"], key), "works once; another: hilo panel"))
    rows.append(("logs", shown(stack.data.logs), "one file a process"))
    rows.append(("stop", "Ctrl-C", f"data stays in {shown(stack.data.root)}"))
    return ["", "[bold green]Hilo is up.[/]", *(_row(*row) for row in rows), ""]


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _row(name: str, what: str, note: str) -> str:
    return f"  [bold]{name:<12}[/] {escape(what):<28} [dim]{escape(note)}[/]"


def _page_first(urls: dict[str, str]) -> dict[str, str]:
    return ({"page": urls["page"]} if "page" in urls else {}) | urls
