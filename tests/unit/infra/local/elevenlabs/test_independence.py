"""The simulator shares nothing with what it is there to test."""

import ast
from pathlib import Path

import pytest

import infra.local.elevenlabs as simulator

OURS = {"conversation", "functions", "connector"}
MODULES = sorted(Path(simulator.__file__).parent.glob("*.py"))


def imported(module):
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_of_the_simulator_imports_nothing_of_hilo(module):
    assert not {name.partition(".")[0] for name in imported(module)} & OURS
