"""The Makefile finds a Python that runs, installs once, and never takes a failure for done."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from infra.local.processes import ROOT

TOOLS = ("bash", "sh", "cat", "date", "sed", "awk", "du", "touch", "rm", "printf", "chmod")
EMPTY = "# nothing to install\n"


def make(folder, *words, path=None):
    environment = {**os.environ, "MAKEFLAGS": ""} | ({"PATH": str(path)} if path else {})
    command = [shutil.which("make"), "-C", str(folder), *words]
    return subprocess.run(  # noqa: S603 - our own Makefile
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def project(tmp_path):
    """A project with the real Makefile and nothing to install."""
    folder = tmp_path / "project"
    for name in ("infra", "functions", "connector"):
        (folder / name).mkdir(parents=True)
        (folder / name / "requirements.txt").write_text(EMPTY)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "infra" / "no-python.txt", folder / "infra")
    (folder / "infra" / "requirements-aws.txt").write_text(EMPTY)
    (folder / "requirements.txt").write_text(EMPTY)
    return folder


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with a few tools and with Pythons that are there and fail, as shims do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (folder / tool).symlink_to(found)
    for version in ("3.13", "3.12", "3.11", "3", ""):
        shim = folder / f"python{version}"
        shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
        shim.chmod(0o755)
    return folder


def test_help_lists_every_target():
    listed = make(ROOT, "help").stdout
    targets = re.findall(r"^\.PHONY: ([\w-]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert targets
    assert [target for target in targets if f"make {target} " not in listed] == []


def test_without_a_python_that_runs_it_says_how_to_get_one(project, bare_path):
    done = make(project, "install", path=bare_path)

    assert done.returncode != 0
    assert "brew install" in done.stdout
    assert "sudo apt install" in done.stdout
    assert not (project / ".venv").exists()


def test_a_python_that_fails_is_passed_over(project, bare_path):
    (bare_path / "python3.11").unlink()
    (bare_path / "python3.11").symlink_to(sys.executable)

    done = make(project, "install", path=bare_path)

    assert done.returncode == 0, done.stderr
    assert "with python3.11" in done.stdout
    assert re.search(r"\.venv: \d+ s, \d+ MB", done.stdout)
    assert re.search(r"\.venv-aws: \d+ s, \d+ MB", done.stdout)
    assert (project / ".venv" / "bin" / "hilo").exists()
    assert "Nothing to be done" in make(project, "install", path=bare_path).stdout


def test_the_tests_run_with_each_python_that_there_is(project, bare_path):
    tests, pythons = project / "pytest.py", f"PYTHONS=python3.13 {sys.executable}"

    tests.write_text("import sys; print('tested in', sys.prefix)")
    done = make(project, "test-pythons", pythons, path=bare_path)
    tests.write_text("raise SystemExit(1)")
    failed = make(project, "test-pythons", pythons, path=bare_path)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert "python3.13: none that runs here" in done.stdout
    assert f"tested in {project}/.venv-py{version}" in done.stdout
    assert done.returncode == 0, done.stderr
    assert f"failed with: {sys.executable}" in failed.stdout
    assert failed.returncode != 0


def test_no_python_that_runs_is_a_failure_of_its_tests(project, bare_path):
    done = make(project, "test-pythons", path=bare_path)

    assert done.returncode != 0
    assert "no Python of PYTHONS runs here" in done.stdout


def test_a_failed_installation_is_tried_again(project):
    (project / "infra" / "requirements.txt").write_text("./there-is-no-such-folder\n")

    failed = make(project, "install", f"PYTHON={sys.executable}")
    assert failed.returncode != 0
    assert "nothing is marked as done" in failed.stderr

    (project / "infra" / "requirements.txt").write_text(EMPTY)
    assert make(project, "install", f"PYTHON={sys.executable}").returncode == 0
