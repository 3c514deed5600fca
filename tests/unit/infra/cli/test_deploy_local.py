"""What is told of a rehearsed deployment, whatever its steps do."""

import io

import pytest
from rich.console import Console

from infra.cli.deploy_local import played, told
from infra.local.processes import StopRequested


def raising(error):
    def step():
        raise error

    return step


def rehearsed(**steps):
    return played(steps, Console(file=io.StringIO()))


def test_steps_go_on_until_one_fails_and_each_tells_what_it_found():
    done = rehearsed(build=lambda: {"mb": 3}, deploy=raising(OSError("no disk")), flow=dict)

    assert [step.name for step in done] == ["build", "deploy"]
    assert told(done[0]) == {"name": "build", "ok": True, "ms": done[0].ms, "mb": 3}
    assert told(done[1])["error"] == "OSError: no disk"


@pytest.mark.parametrize("error", [KeyError("state"), TimeoutError("slow"), ValueError("odd")])
def test_no_fault_of_a_step_keeps_the_last_line_from_being_told(error):
    (done,) = rehearsed(deploy=raising(error))

    assert told(done)["ok"] is False


def test_whoever_asks_to_stop_is_heeded():
    with pytest.raises(StopRequested):
        rehearsed(deploy=raising(StopRequested()))
