"""``hilo dead-letters [list|explain|replay|drop] [ID …]``: what was given up, here or in AWS.

Queue messages that nobody could heed, and messages of the tables that failed for good, by ids
alone. What is replayed is really sent, or asked, again under its old key.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from conversation.dead_letters import Outcome
from infra.cli.options import Data, Env  # noqa: TC001 - typer reads them at run time
from infra.cli.output import last_line
from infra.cli.stacks import values_of
from infra.dead_letters.wiring import opened
from infra.local.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.dead_letters.desk import DeadLetterDesk, Shown


WHOLE_IDS: Final = 150


class Action(StrEnum):
    """What is done with them."""

    LIST = "list"
    EXPLAIN = "explain"
    REPLAY = "replay"
    DROP = "drop"


def dead_letters(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    ids: Annotated[list[str] | None, typer.Argument(help="Which, as they are listed.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are listed.")] = False,
    reason: Annotated[str | None, typer.Option(help="Only what was given up for this.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
    data: Data = ROOT / ".local",
    env: Env = ROOT / ".env",
) -> None:
    """Show what was given up and why, send it again, or see it no more. Here or in AWS."""
    names = ids or []
    if action in {Action.REPLAY, Action.DROP} and not (names or everything):
        raise typer.BadParameter("name the ids, or say --all")
    with opened(values_of(data, env)) as desk:
        carry_out = _listed if action in {Action.LIST, Action.EXPLAIN} else _dealt_with
        done, result = carry_out(desk, action, names, reason, as_json=as_json)
    last_line({"ok": done, **result})
    if not done:
        raise typer.Exit(1)


def _listed(
    desk: DeadLetterDesk, action: Action, names: list[str], reason: str | None, *, as_json: bool
) -> tuple[bool, Mapping[str, object]]:
    found = [desk.shown(each) for each in desk.listed(names, reason)]
    if not as_json:
        show = explain if action is Action.EXPLAIN else tabulate
        show(found)
    unknown = sorted(set(names) - {one.id for one in found})
    known = {"dead_letters": [asdict(one) for one in found], "unknown": unknown}
    return not unknown, {"count": len(found), **known}


def _dealt_with(
    desk: DeadLetterDesk, action: Action, names: list[str], reason: str | None, *, as_json: bool
) -> tuple[bool, Mapping[str, object]]:
    do = desk.replay if action is Action.REPLAY else desk.drop
    outcomes = {each.name: do(each) for each in desk.listed(names, reason)}
    outcomes |= {name: Outcome.UNKNOWN for name in names if name not in outcomes}
    if not as_json:
        for name, outcome in outcomes.items():
            Console(highlight=False).print(f"{name}  {outcome}", soft_wrap=True)
    done = all(outcome.done for outcome in outcomes.values())
    counts = Counter(outcome.value for outcome in outcomes.values())
    return done, {"count": len(outcomes), "outcomes": outcomes, "counts": counts}


def tabulate(found: list[Shown]) -> None:
    """For people: one line each."""
    table = Table("id", "where", "kind", "state", "reason", "since", "replay now")
    for one in found:
        may = "no doorbell" if one.hindrance == Outcome.NO_DOORBELL else one.hindrance or "yes"
        table.add_row(one.id, one.where, one.kind, one.state or "", one.reason, one.since, may)
    # However narrow the window: an id that is cut off names nothing.
    width = max(Console().width, WHOLE_IDS)
    Console(highlight=False, width=width).print(table if found else "There are no dead letters.")


def explain(found: list[Shown]) -> None:
    """For people: what happened to each, and what to do."""
    console = Console(highlight=False)
    for one in found:
        console.print(f"{one.id}", soft_wrap=True)
        console.print(
            f"  {one.where}, {one.kind}, {one.state or 'a queue message'}", soft_wrap=True
        )
        console.print(f"  given up at {one.since}: {one.reason}", soft_wrap=True)
        console.print(f"  {one.what_to_do}", soft_wrap=True)
        if one.hindrance:
            console.print(f"  cannot be replayed now: {one.hindrance}", soft_wrap=True)
