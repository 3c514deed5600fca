"""The stack on which the flow runs: one of its own, or the one that runs already."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conversation.errors import MisconfiguredError, Permanent
from infra.local.children import connectors, gateway
from infra.local.data import DataFolder
from infra.local.flow.plan import Wishes, plan
from infra.local.flow.wiring import Running
from infra.local.processes import ROOT
from infra.local.settings import given
from infra.local.stack import LocalStack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from infra.local.flow.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A plan, and the stack for it. ``left`` is a folder worth keeping after a failure."""

    plan: Plan
    running: Running
    left: Path | None = None

    def clear(self) -> None:
        """Remove what the run left. To be called when the stack has stopped."""
        if self.left is not None:
            shutil.rmtree(self.left, ignore_errors=True)


@contextmanager
def own_stack(
    wishes: Wishes, env: Path, data: Path | None, chance: Random, report: Callable[[str], None]
) -> Iterator[Stage]:
    """A stack for this run alone, stopped when left.

    Without a folder it gets a new one. Where messages reach people it is the folder of ``hilo up``:
    an account has one history, not one a run. Raises ``MisconfiguredError`` before anything starts.
    """
    chosen = plan(given(env), wishes, chance)
    kept = data or (ROOT / ".local" if chosen.writes_to_people else None)
    folder = kept or Path(tempfile.mkdtemp(prefix="hilo-flow-"))
    options = StackOptions(data=folder, handle_signals=True, hilo=(gateway, connectors))
    try:
        with LocalStack(chosen.values, options, report=report) as stack:
            running = Running(
                environment=stack.environment,
                gateway=stack.urls["gateway"],
                logs=stack.data.logs,
                pause=stack.pause,
            )
            yield Stage(plan=chosen, running=running, left=None if kept else folder)
    except MisconfiguredError:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def running_stack(wishes: Wishes, data: Path | None, chance: Random) -> Iterator[Stage]:
    """The stack that ``hilo up`` runs, which goes on afterwards. Raises ``Permanent`` if none."""
    folder = DataFolder((data or ROOT / ".local").resolve())
    found = folder.read_running()
    if found is None:
        raise Permanent(
            f"no stack runs in {folder.root}: start it with `make up`, or leave --attach out",
            reason="not_running",
        )
    chosen = plan(found.environment, wishes, chance)
    if wishes.dialect and chosen.values != found.environment:
        raise Permanent(
            "the dialect is the running stack's: leave --dialect out", reason="already_running"
        )
    yield Stage(
        plan=chosen,
        running=Running(
            environment=found.environment,
            gateway=found.urls["gateway"],
            logs=folder.logs,
            pause=time.sleep,
        ),
    )
