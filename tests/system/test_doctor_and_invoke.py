"""The commands beside a stack that runs: what is wrong with it, and one call of each function."""

import json

import pytest

from infra.local.gateway.functions import FUNCTIONS, Http
from tests.system.conftest import a_hilo, a_start
from tests.system.test_stack import AGENT, running_in

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def hilo_beside(plain_environment, tmp_path_factory):
    """Runs `hilo …` beside a stack that runs in the same folder."""
    folder = tmp_path_factory.mktemp("up") / "stack"
    with a_start(plain_environment, folder) as start:
        start("up", DEFAULT_AGENT_ID=AGENT)
        running_in(folder)
        yield a_hilo(plain_environment, folder)


def test_the_local_stack_is_in_good_health(hilo_beside):
    done = hilo_beside("doctor", "--attach")

    failed = [check for check in done.last["checks"] if check["ok"] is False]
    assert failed == []
    assert done.status == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_takes_its_own_event(hilo_beside, name):
    done = hilo_beside("invoke", name, "--by", "handler")

    assert done.status == 0, done.errors
    assert done.last["ok"] is True
    if isinstance(FUNCTIONS[name].trigger, Http):
        # The panel shows its door to who is nobody yet.
        expected = 401 if name == "panel" else 200
        assert done.last["result"]["statusCode"] == expected, json.dumps(done.last)
    if name == "reply_sender":
        assert done.last["result"] == {"batchItemFailures": []}
