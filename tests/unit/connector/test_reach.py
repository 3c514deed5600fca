"""Whom a URL names."""

from __future__ import annotations

import pytest

from connector.reach import Target, target_of
from conversation.errors import Permanent


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("wss://api.elevenlabs.io/v1?a=1", Target("api.elevenlabs.io", 443, secure=True)),
        ("ws://127.0.0.1/x", Target("127.0.0.1", 80, secure=False)),
        ("ws://127.0.0.1:8080/x", Target("127.0.0.1", 8080, secure=False)),
        ("wss://[::1]:9/x", Target("::1", 9, secure=True)),
    ],
)
def test_a_url_names_a_host_a_port_and_whether_tls_is_spoken(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "https://host/?signature=s3cret",
        "https://host:443/?signature=s3cret",
        "wss://.host/?signature=s3cret",
        "WSS://host/?signature=s3cret",
        "wss://?signature=s3cret",
        "wss://host:notaport/?signature=s3cret",
        "wss://ho st/?signature=s3cret",
        "wss://host/?signature=s3cret\r\nX-Evil: 1",
        "wss://[::1/?signature=s3cret",
        "",
    ],
)
def test_a_url_that_cannot_be_dialed_is_refused_without_being_quoted(url):
    with pytest.raises(Permanent) as refused:
        target_of(url)

    assert refused.value.reason == "bad_url"
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
