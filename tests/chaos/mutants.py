"""``python -m tests.chaos.mutants [--whole] [--seed N] [NAME …]``: without it, a run turns red.

A mechanism that another backs up is named in ``SURVIVORS``: without it alone a run stays green.
``--whole`` plays the same runs with every mechanism in its place: these must stay green, too.
``--seed`` plays them with other people and other strikes. The last line is ``{"ok", "red": {name:
how}, "green": [names], "broken": [names], "layers": {without: who refused}}``. A mutant that merely
breaks a process (it logged defects) proves nothing. The layers that back each other up are taken
out one by one in a directed trace (``layers.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.layers import traces
from tests.chaos.presets import MUTANTS, SURVIVORS
from tests.chaos.run import tell, watched

if TYPE_CHECKING:
    from tests.chaos.plan import Plan

RUNS = MUTANTS | SURVIVORS
FAULTS = (
    "lost", "duplicated", "reordered", "crossed", "wrong_person", "after_opt_out", "stuck",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    red: dict[str, dict[str, int]] = {}
    green, broken = [], []
    for name in asked.names or list(RUNS):
        tell(f"--- {'with' if asked.whole else 'without'} {name}")
        line, defects = _played(_plan(name, whole=asked.whole, seed=asked.seed))
        tell(json.dumps(line))
        found = {fault: line[fault] for fault in FAULTS if line[fault]}
        if defects:  # what merely breaks down shows nothing of the mechanism
            broken.append(name)
        if found:
            red[name] = found
        else:
            green.append(name)
    unlike = red if asked.whole else set(green) - set(SURVIVORS) | set(red) & set(SURVIVORS)
    ok = not (unlike or broken)
    layers = traces()
    for out, how in layers.items():
        tell(f"late answer, {out}: {how}")
    said = {"ok": ok, "red": red, "green": green, "broken": broken, "layers": layers}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0 if ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos-mutants")
    parser.add_argument("--whole", action="store_true", help="with every mechanism in its place")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", type=_known, metavar="NAME")
    return parser


def _known(name: str) -> str:
    if name not in RUNS:
        raise argparse.ArgumentTypeError(f"one of {', '.join(RUNS)}, and not {name}")
    return name


def _plan(name: str, *, whole: bool, seed: int) -> Plan:
    plan = replace(RUNS[name], seed=seed)
    return replace(plan, mutant="") if whole else plan


def _played(plan: Plan) -> tuple[dict[str, object], int]:
    with tempfile.TemporaryDirectory(prefix="hilo-mutant-", ignore_cleanup_errors=True) as folder:
        return watched(plan, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
