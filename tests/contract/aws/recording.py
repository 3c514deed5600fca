"""A pytest plugin that notes which part of Hilo asks AWS for what, while the suites below run.

It is always on (``pyproject.toml``): where a session runs these suites anyway, the tests of the
policies come last and read what was noted. Where it does not, they run them:

    pytest tests/integration/functions -p tests.contract.aws.recording --record-calls=FILE

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

READERS = "tests/contract/aws/test_policies.py"
_PART = re.compile(r"/(?:functions/(\w+)|(connector))/[^/]*(?:/[^/]*)*\.py$")
_ROOT = Path(__file__).parents[3]
CALLS: set[tuple[str, str, str]] = set()
FOR = threading.local()


class Session:
    """What of the suites runs in this session."""

    recorded = False
    """All of them, before the tests of the policies."""
    on = False
    """One of their tests is running."""


def pytest_addoption(parser):
    parser.addoption("--record-calls", help="where to write the calls, as JSON")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Readers last: what they read is noted by then."""
    items.sort(key=lambda item: item.nodeid.startswith(READERS))
    if any(item.nodeid.startswith(SUITES) for item in items):
        _listen()
    Session.recorded = _whole(config)


def _whole(config):
    chosen = (config.option.keyword, config.option.markexpr, getattr(config.option, "lf", False))
    if any(chosen) or config.option.maxfail or hasattr(config, "workerinput"):
        return False
    named = [
        (config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args
    ]
    whole = [path for path, arg in zip(named, config.args, strict=True) if "::" not in arg]
    return all(any((_ROOT / suite).is_relative_to(path) for path in whole) for suite in SUITES)


def pytest_runtest_logstart(nodeid):
    Session.on = nodeid.startswith(SUITES)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    path = session.config.getoption("--record-calls")
    if path:
        Path(path).write_text(json.dumps(sorted(CALLS)))


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
