"""Fixtures of the transport's tests."""

from __future__ import annotations

import pytest

from tests.integration.connector.far_end import make_certificate
from tests.integration.connector.near_end import NearEnd


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost and 127.0.0.1, made for this run."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def near(certificate):
    """Our transport, which trusts that certificate; it must leave nothing and hide no failure."""
    near = NearEnd(certificate.cafile)
    yield near
    near.close()
    assert near.failures == []
