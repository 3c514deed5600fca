"""Carrying out the steps, one after the other, each with its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conversation.errors import HiloError
from infra.local.flow.ports import StepFailedError
from infra.local.flow.steps import STEPS, Ids, Story
from infra.local.processes import ChildDiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.local.flow.steps import Step, World

_OF_A_TEXT: Final = "text"
"""What a step shows people, and leaves out of the result."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step."""

    step: Step
    ms: int
    ids: Ids = field(default_factory=dict)
    failure: StepFailedError | None = None

    def document(self) -> dict[str, object]:
        """As it stands in the result."""
        shown = {name: value for name, value in self.ids.items() if name != _OF_A_TEXT}
        told: dict[str, object] = {
            "name": self.step.name,
            "ok": self.failure is None,
            "ms": self.ms,
        }
        if self.failure is not None:
            told |= {
                "expected": self.failure.expected,
                "seen": self.failure.seen,
                "look_in": self.failure.look_in,
            }
        return told | shown


def run(
    world: World, report: Callable[[Outcome], None], steps: Sequence[Step] = STEPS
) -> list[Outcome]:
    """Carry out ``steps`` until one fails. ``report`` is told of each at once."""
    story, outcomes = Story(), []
    for step in steps:
        outcome = _carried_out(step, world, story)
        outcomes.append(outcome)
        report(outcome)
        if outcome.failure is not None:
            break
    return outcomes


def result(outcomes: Sequence[Outcome], steps: Sequence[Step] = STEPS) -> dict[str, object]:
    """The last line: whether every step came out, and what each told."""
    done = len(outcomes) == len(steps) and all(o.failure is None for o in outcomes)
    return {"ok": done, "steps": [outcome.document() for outcome in outcomes]}


def _carried_out(step: Step, world: World, story: Story) -> Outcome:
    began = world.watch.monotonic()

    def ms() -> int:
        return round((world.watch.monotonic() - began) * 1000)

    try:
        ids = step.action(world, story)
    except StepFailedError as failure:
        return Outcome(step, ms(), failure=failure)
    except HiloError as error:
        return Outcome(step, ms(), failure=_translated(step, error, world))
    return Outcome(step, ms(), ids)


def _translated(step: Step, error: HiloError, world: World) -> StepFailedError:
    where = world.log(error.name) if isinstance(error, ChildDiedError) else str(world.logs)
    failure = StepFailedError(expected=step.words, seen=f"{error}", look_in=where)
    failure.__cause__ = error
    return failure
