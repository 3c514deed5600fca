"""``hilo flow``: the main test, from a call to an answer that still knows after a closed socket."""

from __future__ import annotations

import random
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from conversation.errors import HiloError, MisconfiguredError
from conversation.variables import DialectName  # noqa: TC001 - typer reads it at run time
from infra.cli.options import Env  # noqa: TC001 - as above
from infra.cli.output import last_line
from infra.local.flow.plan import Wishes
from infra.local.flow.run import Outcome, result, run
from infra.local.flow.stage import own_stack, running_stack
from infra.local.flow.steps import STEPS
from infra.local.flow.wiring import world
from infra.local.processes import ROOT, StopRequested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from infra.local.flow.plan import Plan
    from infra.local.flow.stage import Stage


def flow(  # noqa: PLR0913 - one parameter an option
    *,
    fact: Annotated[
        str | None, typer.Option(help="What the call tells; default: a random order.")
    ] = None,
    dialect: Annotated[
        DialectName | None, typer.Option(help="The frames spoken with the agent.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="Whom to call, +E164; a real call needs it.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the person is called.")] = "Ana",
    timeout: Annotated[
        float | None, typer.Option(help="Seconds a step may take (60; with people 600).", min=1)
    ] = None,
    attach: Annotated[bool, typer.Option(help="Use the stack that `hilo up` runs.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="The folder of the stack; default: a new one.")
    ] = None,
    env: Env = ROOT / ".env",
    json: Annotated[bool, typer.Option(help="Only the last line on the standard output.")] = False,
) -> None:
    """Run the main test: a call, its WhatsApp, and an agent that remembers. Exit 0 if it does."""
    wishes = Wishes(fact=fact, dialect=dialect, to=to, name=name, timeout_s=timeout)
    console = Console(stderr=json, highlight=False, soft_wrap=True)
    with _failures_told(), _stage(wishes, env, data, console, attach=attach) as stage:
        outcomes = _played(stage, console)
    told = result(outcomes)
    if told["ok"]:
        stage.clear()
    last_line(told)
    raise typer.Exit(0 if told["ok"] else 1)


def introduction(plan: Plan) -> list[str]:
    """What is about to happen, in words."""
    call = "A real call to" if plan.calls_people else "A simulated call to"
    lines = ["", f"{call} {plan.name} ({plan.number}); it tells: {plan.fact}"]
    if plan.calls_people:
        least = plan.values.get("MIN_CALL_S", "10")
        lines.append(f"Your phone will ring: take the call, talk for {least} s or more, hang up.")
    if plan.writes_to_people:
        lines.append("Then keep WhatsApp at hand: you will be asked here to write, twice.")
    return [*lines, ""]


def lines_of(number: int, outcome: Outcome) -> list[str]:
    """One step on the screen: its time, the providers' ids, and what was read or went wrong."""
    mark = "[bold green]ok[/]  " if outcome.failure is None else "[bold red]FAIL[/]"
    ids = "  ".join(_id(name, value) for name, value in outcome.ids.items() if name != "text")
    words = f"{outcome.step.words:<34}"
    lines = [f"  {number}  {mark} {words} {outcome.ms / 1000:>6.1f} s  [dim]{escape(ids)}[/]"]
    if text := outcome.ids.get("text"):
        lines.append(f"          [italic]«{escape(str(text))}»[/]")
    if failure := outcome.failure:
        lines += [
            f"          expected: {escape(failure.expected)}",
            f"          seen:     {escape(failure.seen)}",
            f"          look in:  {escape(failure.look_in)}",
        ]
    return lines


def _stage(
    wishes: Wishes, env: Path, data: Path | None, console: Console, *, attach: bool
) -> AbstractContextManager[Stage]:
    chance = random.SystemRandom()
    if attach:
        return running_stack(wishes, data, chance)
    return own_stack(wishes, env, data, chance, _teller(console))


@contextmanager
def _failures_told() -> Iterator[None]:
    """The last line is JSON also where not even a step came to be."""
    try:
        yield
    except MisconfiguredError as error:
        last_line({"ok": False, "steps": [], "faults": error.faults})
        raise
    except HiloError as error:
        last_line({"ok": False, "steps": [], "error": str(error)})
        raise
    except (StopRequested, KeyboardInterrupt) as stopped:
        last_line({"ok": False, "steps": [], "error": "stopped before the end"})
        raise typer.Exit(130) from stopped


def _played(stage: Stage, console: Console) -> list[Outcome]:
    tell = _teller(console)
    for line in introduction(stage.plan):
        tell(line)

    def report(outcome: Outcome) -> None:
        for line in lines_of(STEPS.index(outcome.step) + 1, outcome):
            console.print(line)

    with world(stage.plan, stage.running, tell) as everything:
        return run(everything, report)


def _teller(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(escape(line))


def _id(name: str, value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{name} {shown}"
