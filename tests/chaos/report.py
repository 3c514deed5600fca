"""The last line of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.chaos.checker import quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.chaos.checker import Verdict
    from tests.chaos.plan import Plan

IDLE = frozenset({"ReceiveMessage"})
LEASES = "connector_leases"


def last_line(
    plan: Plan,
    verdict: Verdict,
    *,
    messages: int,
    stuck: list[str],
    faults: Mapping[str, int],
    fenced: int,
    recovered: list[float],
    calls: Mapping[str, float | None],
) -> dict[str, object]:
    return {
        "ok": verdict.ok and not stuck,
        "seed": plan.seed,
        "conversations": plan.conversations,
        "messages": messages,
        "faults": dict(faults),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "reordered": len(verdict.reordered),
        "crossed": len(verdict.crossed),
        "wrong_person": len(verdict.wrong_person),
        "after_opt_out": len(verdict.after_opt_out),
        "stuck": len(stuck),
        "fenced": fenced,
        "recovery_p95_s": _rounded(quantile(recovered, 0.95)),
        "recovery_max_s": _rounded(max(recovered, default=None)),
        "calls_per_message": dict(calls),
    }


def events_in(logs: Path) -> Iterable[dict]:
    """Every event that a process of ours logged."""
    for file in sorted(logs.glob("*.jsonl*")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"event"' in line:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def counted_events(logs: Path, names: Iterable[str]) -> dict[str, int]:
    wanted = dict.fromkeys(names, 0)
    for event in events_in(logs):
        if event.get("event") in wanted:
            wanted[event["event"]] += 1
    return wanted


def total_calls(before: Iterable[list], after: Iterable[list]) -> int:
    """Calls of AWS between two looks, without waiting for doorbells and without leases."""
    return _worked(after) - _worked(before)


def _worked(counts: Iterable[list]) -> int:
    return sum(
        count
        for _, action, table, count in counts
        if action not in IDLE and not table.endswith(LEASES)
    )


def chain(trace: Iterable[list], begin: float, end: float) -> list[str]:
    """The calls that followed one another: the longest such row between two moments.

    Calls side by side count as one; receives, deletes and leases as none.
    """
    spans = sorted(
        (done, began, f"{action} {table.partition('-')[2]}")
        for began, done, _, action, table in trace
        if begin <= began and done <= end and _is_step(action, table)
    )
    steps, free_at = [], begin
    for done, began, name in spans:
        if began >= free_at:
            free_at = done
            steps.append(name)
    return steps


def counted_steps(steps: Mapping[str, list[str] | None]) -> dict[str, int | None]:
    return {name: None if row is None else len(row) for name, row in steps.items()}


def _is_step(action: str, table: str) -> bool:
    # A single message is read for the typing indicator and for callbacks alone: nobody waits.
    beside = action == "GetItem" and table.endswith("conversation_messages")
    return not beside and not table.endswith("socket_events")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
