"""A pytest plugin that notes which part of Hilo asks AWS for what, while the suites below run.

It is always on (``pyproject.toml``). A session that runs these suites anyway, on one core or on
several, is compared with the policies at its end, and fails where they differ. Otherwise the tests
of the policies run the suites themselves:

    pytest tests/integration/functions --record-calls=FILE

Each call is attributed by the stack that led to it: to the function's folder or to the connector.
Calls that a test makes itself belong to nobody.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SUITES = ("tests/integration/functions", "tests/integration/connector/test_service.py")
"""Where handlers and the connector run whole, over real adapters."""

_PART = re.compile(r"/(?:functions/(\w+)|(connector))/[^/]*(?:/[^/]*)*\.py$")
_ROOT = Path(__file__).parents[3]
CALLS: set[tuple[str, str, str]] = set()
FOR = threading.local()


class Session:
    """What goes on in this session."""

    on = False
    """A test of the suites is running."""
    faults = ()
    """Where the policies and what was noted differ."""


def pytest_addoption(parser):
    parser.addoption("--record-calls", help="where to write the calls, as JSON")


def pytest_collection_modifyitems(items):
    if any(item.nodeid.startswith(SUITES) for item in items):
        _listen()


def compared_at_the_end(config):
    """Whether this session runs the suites, all of them."""
    chosen = (config.option.keyword, config.option.markexpr, getattr(config.option, "lf", False))
    if any(chosen) or config.option.maxfail or config.option.collectonly:
        return False
    where = config.invocation_params.dir
    whole = [(where / arg).resolve() for arg in config.args if "::" not in arg]
    return all(any((_ROOT / suite).is_relative_to(path) for path in whole) for suite in SUITES)


def pytest_runtest_logstart(nodeid):
    Session.on = nodeid.startswith(SUITES)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """A worker of several has ended: what it noted is ours."""
    CALLS.update(map(tuple, getattr(node, "workeroutput", {}).get("calls", ())))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if hasattr(config, "workerinput"):
        config.workeroutput["calls"] = sorted(map(list, CALLS))
    elif path := config.getoption("--record-calls"):
        Path(path).write_text(json.dumps(sorted(CALLS)))
    elif exitstatus == pytest.ExitCode.OK and compared_at_the_end(config):
        from tests.contract.aws.policies import faults  # it reads the templates: not at each start

        Session.faults = tuple(faults(CALLS))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if Session.faults else exitstatus


def pytest_terminal_summary(terminalreporter):
    if Session.faults:
        terminalreporter.section("policies that differ from what is done", red=True)
        for fault in Session.faults:
            terminalreporter.line(fault)


def _listen():
    import botocore.client

    original = botocore.client.BaseClient._make_api_call

    def noting(client, operation, given):
        part = (part_of(sys._getframe(1)) or getattr(FOR, "part", None)) if Session.on else None
        if part:
            service = client.meta.service_model.service_name
            CALLS.update((part, *each) for each in asked(service, operation, given))
        return original(client, operation, given)

    botocore.client.BaseClient._make_api_call = noting
    _follow_threads()


def _follow_threads():
    """What is handed to a pool is done for whoever handed it over."""
    original = ThreadPoolExecutor.submit

    def submit(pool, work, /, *args, **kwargs):
        part = part_of(sys._getframe(1)) if Session.on else None

        def done_for_it(*args, **kwargs):
            FOR.part = part
            try:
                return work(*args, **kwargs)
            finally:
                FOR.part = None

        return original(pool, done_for_it, *args, **kwargs)

    ThreadPoolExecutor.submit = submit


def part_of(frame):
    """The function or the connector that is at work in this stack."""
    root = str(_ROOT)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(root) and not path.startswith(f"{root}/tests"):
            found = _PART.search(path.removeprefix(root))
            if found:
                return found[1] or found[2]
        frame = frame.f_back
    return None


def asked(service, operation, given):
    """The actions and resources that IAM judges for one call."""
    if service == "sqs":
        name = given["QueueUrl"].rpartition("/")[2]
        yield f"sqs:{operation.removesuffix('Batch')}", name
    elif service == "sns":
        yield f"sns:{operation}", given["TopicArn"].rpartition(":")[2]
    elif operation == "TransactWriteItems":
        for item in given["TransactItems"]:
            ((kind, body),) = item.items()
            action = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
            yield f"dynamodb:{action.get(kind, 'ConditionCheckItem')}", body["TableName"]
    elif operation == "BatchGetItem":
        for table in given["RequestItems"]:
            yield "dynamodb:BatchGetItem", table
    elif service == "dynamodb":
        index = f"/index/{given['IndexName']}" if given.get("IndexName") else ""
        yield f"dynamodb:{operation}", given["TableName"] + index
    else:
        yield f"{service}:{operation}", given.get("SecretId", "*")
