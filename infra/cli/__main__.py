"""``hilo``, or ``python -m infra.cli``."""

from __future__ import annotations

import sys

import typer

from conversation.errors import HiloError, MisconfiguredError
from infra.cli.connections import connections
from infra.cli.cost import cost
from infra.cli.dead_letters import dead_letters
from infra.cli.doctor import doctor
from infra.cli.flow import flow
from infra.cli.invoke import invoke
from infra.cli.output import complain
from infra.cli.panel import panel
from infra.cli.show import show
from infra.cli.up import up

COMMANDS = (up, panel, show, flow, invoke, connections, dead_letters, doctor, cost)
"""What ``hilo`` can do. Each is a function in a file of its own."""


def application() -> typer.Typer:
    """The command line, with every command."""
    app = typer.Typer(
        name="hilo",
        help="Hilo keeps the thread of a phone call on WhatsApp.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_command)
    for command in COMMANDS:
        app.command()(command)
    return app


def main() -> None:
    """Run a command. Exit status: 0 done, 1 failed, 2 cannot begin (wrong options or settings)."""
    try:
        application()(prog_name="hilo")  # however it was started
    except MisconfiguredError as error:
        complain("The settings (.env or the environment) have faults:", error.faults)
        sys.exit(2)
    except HiloError as error:
        complain(str(error))
        sys.exit(1)


def _no_command() -> None:
    """Keep the names of commands even where there is one only (typer would drop it)."""


if __name__ == "__main__":
    main()
