"""``hilo panel``: a link into the operators' panel of the running local stack. It works once."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from conversation.errors import Permanent
from functions.panel.roles import Role
from functions.panel.sessions import ticket
from infra.cli.options import Data  # noqa: TC001 - typer reads it at run time
from infra.local.data import DataFolder
from infra.local.processes import ROOT

NO_STACK = "No stack runs here: start one with `make up`."


def panel(
    *,
    role: Annotated[Role, typer.Option(help="What one may do there.")] = Role.ADMIN,
    data: Data = ROOT / ".local",
) -> None:
    """Print a link into the operators' panel. It works once, within ten minutes."""
    running = DataFolder(data).read_running()
    if running is None:
        raise Permanent(NO_STACK, reason="no_stack")
    print(link(running.urls["gateway"], running.environment["PANEL_LINK_KEY"], role))


def link(gateway: str, link_key: str, role: Role = Role.ADMIN) -> str:
    """The link, for whoever is at this machine."""
    made = ticket(link_key, getpass.getuser(), role, datetime.now(UTC))
    return f"{gateway}/panel/enter?ticket={made}"
