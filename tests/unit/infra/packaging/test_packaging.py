"""What stays out of a package, which wheels are asked for, and what an image is made of."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra.packaging import image, package
from infra.packaging.contents import FUNCTIONS, LEFT_OUT
from infra.packaging.dependencies import HOST, Target, interpreter


@pytest.mark.parametrize(
    ("path", "stays_out"),
    [
        ("botocore/data/sqs", False),
        ("botocore/data/endpoints.json", False),
        ("botocore/data/ec2", True),
        ("botocore/session.py", False),
        ("twilio/request_validator.py", False),
        ("twilio/rest", True),
        ("aiohttp", True),
        ("aiohttp-3.14.5.dist-info", True),
        ("six.py", False),
        ("pynamodb/__pycache__", False),
        ("botocore/data/__pycache__", False),
        ("_cffi_backend.cpython-313-aarch64-linux-gnu.so", True),
        ("pynamodb/tests", True),
    ],
)
def test_the_webhook_leaves_out_what_it_does_not_import(path, stays_out):
    assert package._stays_out(Path(path), LEFT_OUT["twilio_webhook"]) is stays_out


def test_every_function_says_what_it_leaves_out():
    assert set(LEFT_OUT) == set(FUNCTIONS)


def test_wheels_are_asked_for_another_platform_and_never_sources():
    options = Target("aarch64", "3.13").options()

    assert "--only-binary=:all:" in options
    assert "--python-version=3.13" in options
    assert [each for each in options if "platform" in each and not each.endswith("_aarch64")] == []


def test_a_package_for_this_machine_is_for_the_python_that_runs():
    target = Target(HOST, "3.99")

    assert target.version == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert target.options() == ["--only-binary=:all:"]


def test_a_python_that_is_only_a_name_compiles_nothing(tmp_path, monkeypatch):
    broken = tmp_path / "python3.99"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert interpreter("3.99") is None


def test_the_source_that_codebuild_gets_is_what_the_dockerfile_copies():
    archive = zipfile.ZipFile(BytesIO(image.zipped(image.context())))
    names = archive.namelist()

    assert "connector/Dockerfile" in names
    assert "conversation/settings.py" in names
    assert {name.partition("/")[0] for name in names} == {
        ".dockerignore", "connector", "conversation",
    }  # fmt: skip
    assert not [name for name in names if "__pycache__" in name]


def test_an_engine_that_is_installed_and_does_not_answer_is_none(monkeypatch):
    monkeypatch.setattr(image.shutil, "which", lambda engine: f"/usr/bin/{engine}")
    asked = []

    def run(command, **_):
        asked.append(command[0])
        return subprocess.CompletedProcess(command, 0 if command[0] == "podman" else 1)

    monkeypatch.setattr(image.subprocess, "run", run)

    assert image.running_engine() == "podman"
    assert asked == ["docker", "finch", "podman"]
