"""The local AWS, where it is installed."""

import os

import pytest

from infra.local.stack import EMULATOR_HOME


@pytest.fixture(scope="session")
def emulator_home():
    if not (EMULATOR_HOME / "bin" / "ministack").exists() and os.environ.get("CI") != "true":
        pytest.skip("the local AWS is not installed: `make install` installs it")
    return EMULATOR_HOME
