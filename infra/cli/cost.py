"""``hilo cost``: what a month costs, ours line by line, beside what the providers want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from conversation.errors import Permanent
from infra.cli.output import last_line
from infra.cost import prices as price_list
from infra.cost import usage
from infra.cost.bill import IDLE_GOAL_USD, SHARE_GOAL, Bill, Line, Workload, bill, total
from infra.cost.counting import count
from infra.cost.standing import standing
from infra.local.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.cost.prices import Prices
    from infra.cost.usage import Counts


def cost(
    *,
    conversations: Annotated[float, typer.Option(help="Conversations a day.", min=0)] = 1000,
    messages: Annotated[
        float, typer.Option(help="A person's messages in one; each is answered.", min=0)
    ] = 5,
    call_minutes: Annotated[float, typer.Option(help="Minutes a call.", min=0)] = 2,
    market: Annotated[str, typer.Option(help="Where people are, for Meta's fees.")] = "colombia",
    recount: Annotated[
        bool, typer.Option("--count", help="First count the calls anew, in a run here (2 min).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
) -> None:
    """Print the month's cost for so many conversations, and of an idle month, line by line."""
    listed = price_list.load()
    if market not in listed.markets:
        known = ", ".join(sorted(listed.markets))
        raise Permanent(f"no fees are known for {market}: there are {known}", reason="no_market")
    console = Console(stderr=as_json, highlight=False)
    if recount:
        usage.keep(count(lambda line: console.print(line, markup=False)))
    counts = usage.load()
    work = Workload(
        conversations_a_day=conversations, messages=messages, call_minutes=call_minutes,
        market=market,
    )  # fmt: skip
    month = bill(counts, standing(ROOT), listed, work)
    if not as_json:
        show(console, month, work)
        console.print(*notes(counts, listed), sep="\n", markup=False)
    last_line(result(month, work, counts, listed))


def result(month: Bill, work: Workload, counts: Counts, listed: Prices) -> dict[str, object]:
    """The last line."""
    share = month.share
    return {
        "ok": True,
        "conversations_a_day": work.conversations_a_day,
        "messages": work.messages,
        "idle_usd": round(month.idle_usd, 2),
        "ours_usd": round(month.ours_usd, 2),
        "providers_usd": round(month.providers_usd, 2),
        "share": None if share is None else round(share, 4),
        "goals": {
            "idle": month.idle_usd <= IDLE_GOAL_USD,
            "share": share is not None and share <= SHARE_GOAL,
        },
        "counted": counts.date,
        "prices": listed.date,
        "uncertain": listed.uncertain,
        "idle": [[line.name, line.unit, round(line.usd, 2)] for line in month.idle],
    }


def show(console: Console, month: Bill, work: Workload) -> None:
    """For people: three tables."""
    table = Table("USD a month", "amount", "", "USD", box=None, pad_edge=False)
    _rows(table, "AWS, an idle month", month.idle)
    _rows(table, f"AWS, {work.conversations_a_day:g} conversations a day", month.busy)
    _rows(table, "The providers", month.providers)
    table.add_row("[bold]AWS in all[/]", "", "", f"[bold]{month.ours_usd:,.2f}[/]")
    table.add_row("[bold]The providers in all[/]", "", "", f"[bold]{month.providers_usd:,.2f}[/]")
    if month.share is not None:
        table.add_row("[bold]AWS against them[/]", "", "", f"[bold]{month.share:.2%}[/]")
    console.print(table)


def notes(counts: Counts, listed: Prices) -> list[str]:
    """What a reader has to know."""
    return [
        "",
        f"Calls counted on {counts.date} (hilo cost --count).",
        f"Prices of {listed.date}, {listed.region} (infra/cost/prices.json).",
        f"Not looked up, only remembered: {', '.join(listed.uncertain)}.",
        "Not in it: the language model's tokens, which ElevenLabs passes on; phone minutes; taxes.",
    ]


def _rows(table: Table, title: str, lines: Sequence[Line]) -> None:
    table.add_row(f"[bold]{title}[/]", "", "", f"{total(lines):,.2f}")
    for line in lines:
        table.add_row(f"  {line.name}", f"{line.amount:,.2f}", line.unit, f"{line.usd:,.2f}")
    table.add_row("", "", "", "")
