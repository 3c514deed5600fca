"""A pytest plugin that notes which part of Hilo asks AWS for what.

    pytest tests/integration -p tests.contract.aws.recording --record-calls=FILE

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

import botocore.client
import pytest

_PART = re.compile(r"/(?:functions/(\w+)|(connector))/[^/]*(?:/[^/]*)*\.py$")
_ROOT = str(Path(__file__).parents[3])
CALLS: set[tuple[str, str, str]] = set()
FOR = threading.local()


def pytest_addoption(parser):
    parser.addoption("--record-calls", help="where to write the calls, as JSON")


def pytest_configure(config):
    original = botocore.client.BaseClient._make_api_call

    def noting(client, operation, given):
        part = part_of(sys._getframe(1)) or getattr(FOR, "part", None)
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
        part = part_of(sys._getframe(1))

        def done_for_it(*args, **kwargs):
            FOR.part = part
            try:
                return work(*args, **kwargs)
            finally:
                FOR.part = None

        return original(pool, done_for_it, *args, **kwargs)

    ThreadPoolExecutor.submit = submit


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    path = session.config.getoption("--record-calls")
    if path:
        Path(path).write_text(json.dumps(sorted(CALLS)))


def part_of(frame):
    """The function or the connector that is at work in this stack."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_ROOT) and not path.startswith(f"{_ROOT}/tests"):
            found = _PART.search(path.removeprefix(_ROOT))
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
