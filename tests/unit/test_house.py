"""Rules of the house that no single module can hold."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("conversation", "functions", "connector", "infra")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES
]

LONGEST = 300
"""Lines of a file (the house's rule)."""

IMPORT_ALL = """
import importlib, json, socket, sys, threading
def refuse(*args, **kwargs):
    raise AssertionError("importing opened a socket")
socket.socket.connect = socket.socket.bind = socket.getaddrinfo = refuse
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
"""


def test_importing_every_module_does_nothing():
    """In an empty environment, with sockets that refuse."""
    done = subprocess.run(  # noqa: S603 - our own interpreter, on our own modules
        [sys.executable, "-c", IMPORT_ALL, json.dumps(MODULES)],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == ""


def test_no_file_is_longer_than_a_reader_holds_in_mind():
    long = {path.name: n for path in SOURCES if (n := path.read_text().count("\n")) > LONGEST}

    assert long == {}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def reads_environment(path):
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_the_environment_is_read_in_one_place():
    readers = [str(path.relative_to(ROOT)) for path in SOURCES if reads_environment(path)]

    assert readers == ["conversation/settings.py"]


HTTP_CLIENTS = ("http.client", "urllib.request", "requests", "httpx", "urllib3", "aiohttp")


@pytest.mark.parametrize("side", ["functions", "connector"])
def test_neither_side_can_call_the_other(side):
    """SQS is the only road between the Lambdas and the connector (docs/decisions/0001)."""
    other = {"functions": "connector", "connector": "functions"}[side]
    for path in sorted((ROOT / side).rglob("*.py")):
        for name in imports_of(path):
            assert name.split(".")[0] != other, f"{path} imports {name}"
            assert not name.startswith(HTTP_CLIENTS), f"{path} imports the HTTP client {name}"


def test_neither_side_is_told_where_the_other_is():
    from connector.settings import ConnectorSettings
    from conversation.settings import variables_of

    names = {variable.name for variable in variables_of(ConnectorSettings)}

    assert "PUBLIC_BASE_URL" not in names
    assert "TWILIO_AUTH_TOKEN" not in names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_a_drawer(path):
    assert path.stem not in {"utils", "helpers", "common", "misc", "manager"}
