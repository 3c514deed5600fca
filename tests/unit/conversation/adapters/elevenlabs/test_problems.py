from __future__ import annotations

import json

import pytest

from conversation.adapters.elevenlabs.problems import NoSuchThingError, problem_of, retry_after_s
from conversation.errors import Permanent, Transient


def problem(status, detail=None, headers=None, body=None):
    return problem_of(status, headers or {}, body or json.dumps({"detail": detail}).encode())


LEGACY = {"status": "invalid_api_key", "message": "Invalid API key"}
NEWER = {"type": "x", "code": "missing_permissions", "status": "old_word", "message": "No."}
LIST = [{"loc": ["body", "agent_id"], "msg": "field required", "type": "missing"}]


@pytest.mark.parametrize(
    ("status", "detail", "kind", "reason", "told"),
    [
        (401, LEGACY, Permanent, "invalid_api_key", "ELEVENLABS_API_KEY"),
        (403, NEWER, Permanent, "missing_permissions", "permissions"),
        (422, LIST, Permanent, "invalid_request", "body.agent_id: field required"),
        (404, "Not Found", NoSuchThingError, "not_found", "Not Found"),
        (401, {"status": "quota_exceeded"}, Permanent, "quota_exceeded", "credits"),
        (402, None, Permanent, "insufficient_credits", "credits"),
        (418, None, Permanent, "refused", "as it is"),
        (429, {"code": "rate_limit_exceeded"}, Transient, "rate_limit_exceeded", "429"),
        (429, None, Transient, "rate_limited", "429"),
        (500, "Internal Server Error", Transient, "server_error", "500"),
        (503, {"status": "system_busy"}, Transient, "system_busy", "503"),
        (408, {"message": "slow"}, Transient, "timeout", "slow"),
        (400, {"status": "Not a word!", "message": 5}, Permanent, "bad_request", "400"),
        (400, ["?", {"loc": 1}], Permanent, "bad_request", "400"),
    ],
)
def test_every_shape_of_refusal_is_read(status, detail, kind, reason, told):
    error = problem(status, detail)

    assert type(error) is kind
    assert error.reason == reason
    assert told in str(error)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b"null", b"\xff", b"{}"])
def test_what_a_proxy_answers_is_read_by_its_status(body):
    error = problem(502, body=body)

    assert (type(error), error.reason) == (Transient, "server_error")


def test_only_429_says_that_surely_nothing_was_done():
    assert not problem(429).may_have_happened
    assert problem(500).may_have_happened


def test_a_phone_number_in_their_sentence_is_not_repeated():
    error = problem(400, {"status": "bad_number", "message": "Cannot call +57 (313) 853-9155."})

    assert "313" not in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "7", "Retry-After-Ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "86400"}, 600),
        ({"retry-after": "inf"}, 600),
    ],
)
def test_how_long_to_wait(headers, seconds):
    assert retry_after_s(headers) == seconds
