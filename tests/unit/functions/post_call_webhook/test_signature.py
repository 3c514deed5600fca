from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from conversation.errors import Refused
from functions.post_call_webhook.signature import verify
from tests.calls import NOW

SECRET = "wsec_1"
BODY = b'{"type":"post_call_transcription"}'


def signed(body=BODY, at=NOW, secret=SECRET):
    t = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{t}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={t},v0={digest}"


def accepted(header, body=BODY):
    try:
        verify(header, body, secret=SECRET, now=NOW)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("minutes", [-30, -1, 0, 30])
def test_what_elevenlabs_signed_within_half_an_hour_is_accepted(minutes):
    assert accepted(signed(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-31, 31])
def test_what_was_signed_too_long_ago_or_ahead_is_refused(minutes):
    assert not accepted(signed(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v0=ab", "t=x,v0=ab", "t=²,v0=ab", signed(secret="other"), signed(b"other"),
     signed() + "0", signed()[:-1] + "é", "t=" + "9" * 2000,
     f"t={'9' * 400},v0=ab"],
)  # fmt: skip
def test_all_else_is_refused(header):
    assert not accepted(header)


def test_a_header_may_carry_blanks_and_several_signatures():
    t, digest = signed().split(",")

    assert accepted(f"{t}, v0=00, {digest}")


def test_a_refusal_is_known_by_its_reason():
    with pytest.raises(Refused) as told:
        verify("", BODY, secret=SECRET, now=NOW)

    assert told.value.reason == "not_signed"
