"""``make deploy-local``: the deployment rehearsed on this machine, from nothing to answers."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from infra.cli.output import last_line
from infra.local.data import DataFolder
from infra.local.deployed.rehearsal import EMULATOR_HOME, Done, Rehearsal
from infra.local.deployed.sam import Sam
from infra.local.processes import StopRequested, Supervisor, stopping_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.deployed.rehearsal import Step

_PYTHON: Final = EMULATOR_HOME / "bin" / "python"
_TOLD: Final = 200


def deploy_local(
    *,
    data: Annotated[
        Path | None, typer.Option(help="The folder of the run; default: a new one.")
    ] = None,
    people: Annotated[
        int, typer.Option(help="How many are in mid-turn at the second deployment.")
    ] = 20,
) -> None:
    """Run sam build and sam deploy against the emulator, and the main flow over what they made."""
    console = Console(highlight=False, soft_wrap=True)
    folder = DataFolder((data or Path(tempfile.mkdtemp(prefix="hilo-deployed-"))).resolve())
    with folder.locked() as lock:
        done = _rehearse(folder, lock, people, console)
    ok = all(step.error is None for step in done)
    if ok and data is None:
        shutil.rmtree(folder.root, ignore_errors=True)
    elif not ok:
        console.print(f"  the logs are in {escape(str(folder.logs))}")
    last_line({"ok": ok, "steps": [told(step) for step in done]})
    raise typer.Exit(0 if ok else 1)


def _rehearse(folder: DataFolder, lock: int, people: int, console: Console) -> list[Done]:
    supervisor = Supervisor(logs=folder.logs, report=lambda _: None, keep_open=(lock,))
    with stopping_on_signals(supervisor), supervisor:
        rehearsal = Rehearsal(
            supervisor=supervisor,
            data=folder,
            make_sam=lambda environment: _sam(folder, environment),
            pid=os.getpid(),
            people=people,
        )
        try:
            done = played(rehearsal.steps(), console)
            if done[-1].error:
                rehearsal.keep_logs()
            return done
        finally:
            folder.forget_running()


def _sam(folder: DataFolder, environment: Mapping[str, str]) -> Sam:
    return Sam(
        build_dir=folder.root / "build",
        log=folder.logs / "sam.log",
        environment=environment,
        python=_PYTHON,
    )


def played(steps: Mapping[str, Step], console: Console) -> list[Done]:
    """Each step in its order, up to the first that fails."""
    done: list[Done] = []
    for name, step in steps.items():
        outcome = _outcome(name, step)
        done.append(outcome)
        mark = "[bold red]FAIL[/]" if outcome.error else "[bold green]ok[/]  "
        console.print(f"  {mark} {name:<32} {outcome.ms / 1000:>6.1f} s")
        if outcome.error:
            console.print(escape(outcome.error))
            break
    return done


def _outcome(name: str, step: Callable[[], Mapping[str, object]]) -> Done:
    began = time.monotonic()
    try:
        found, error = step(), None
    except StopRequested:
        raise
    except Exception as refused:  # noqa: BLE001 - whatever happened, the last line tells it
        found, error = {}, f"{type(refused).__name__}: {refused}"
    return Done(name=name, ms=round((time.monotonic() - began) * 1000), error=error, found=found)


def told(step: Done) -> dict[str, object]:
    """A step as the last line tells it."""
    ok = {"name": step.name, "ok": step.error is None, "ms": step.ms}
    return {**ok, **step.found} | ({"error": step.error[:_TOLD]} if step.error else {})


def main() -> None:
    """As ``python -m infra.cli.deploy_local``."""
    typer.run(deploy_local)


if __name__ == "__main__":
    main()
