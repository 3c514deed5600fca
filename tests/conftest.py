"""Fixtures that tests of every kind share."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conversation.adapters.tables.tables import Tables
    from tests.aws import Queues


# Machines are shared: how long an example takes is no reason to fail.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


class InstantPace:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + 0.001


@pytest.fixture
def pace() -> InstantPace:
    return InstantPace()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are nobody's, so that a mistake can reach no real account."""
    from tests.aws import REGION

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def aws(aws_environment: None) -> Iterator[Queues]:
    """An AWS of this test's own, with the tables and queues of ``infra/aws/state.yaml``."""
    from moto import mock_aws

    from tests.aws import create_all

    with mock_aws():
        yield create_all()


@pytest.fixture
def tables(aws: Queues) -> Tables:
    """The tables of ``aws``, through our adapter."""
    from conversation.adapters.tables.tables import Tables
    from conversation.variables import AwsSettings
    from tests.aws import PREFIX, REGION

    made = Tables(AwsSettings(REGION, None, PREFIX))
    made.connect()
    return made


@pytest.fixture
def one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto has no other servers that a short look at a queue could miss."""
    monkeypatch.setattr("conversation.adapters.dead_letters.ASK_ALL_S", 0)
