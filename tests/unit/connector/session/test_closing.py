import re

import pytest

from connector.protocol import ServerFault
from connector.session import Kind, Lost, Retry, Verdict
from connector.session.closing import (
    CLOSE_CODES,
    ERROR_TYPES,
    HTTP_STATUSES,
    RETRY,
    WORDS,
    classify,
)


@pytest.mark.parametrize(("error_type", "kind"), ERROR_TYPES.items())
@pytest.mark.parametrize("code", [None, 1000, 1008, 1011])
def test_the_error_type_decides_whatever_the_code(error_type, kind, code):
    verdict = classify(ServerFault(1002, error_type), Lost(code))

    assert (verdict.kind, verdict.reason) == (kind, error_type)


@pytest.mark.parametrize(("code", "expected"), CLOSE_CODES.items())
def test_a_bare_close_code_decides_by_itself(code, expected):
    verdict = classify(None, Lost(code))

    assert (verdict.kind, verdict.reason, verdict.code) == (*expected, code)


@pytest.mark.parametrize(("status", "expected"), HTTP_STATUSES.items())
def test_a_refused_upgrade_is_judged_by_its_status(status, expected):
    verdict = classify(None, Lost(http_status=status, retry_after_s=3.0))

    assert (verdict.kind, verdict.reason, verdict.retry_after_s) == (*expected, 3.0)


@pytest.mark.parametrize("status", [302, 408, 500, 503])
def test_other_refusals_may_be_repeated(status):
    assert classify(None, Lost(http_status=status)).kind is Kind.RETRYABLE


@pytest.mark.parametrize("code", [None, 1005, 1006, 4999])
def test_a_lost_connection_may_be_repeated(code):
    assert classify(None, Lost(code)).reason == "connection_lost"


SENTENCES = [
    ("Override for field 'text_only' is not allowed by config.", "override_error", "text_only"),
    (
        "Missing required dynamic variables in first message: {'debt', 'name'}",
        "missing_dynamic_variable",
        "debt, name",
    ),
    ("Missing dynamic variable", "missing_dynamic_variable", None),
    ("Override for field is not allowed", "override_error", None),
    ("too many concurrent connections", "too_many_concurrent", None),
    ("Concurrency limit reached", "too_many_concurrent", None),
    ("Rate limit exceeded", "rate_limited", None),
    ("Maximum call duration exceeded", "max_duration_exceeded", None),
    ("This request exceeds your quota", "quota", None),
    ("Invalid API key", "auth", None),
    ("Could not authorize: signature expired", "auth", None),
    ("The AI agent you are trying to reach does not exist.", "agent_not_found", None),
    ("Missing required field type", "missing_fields", None),
    ("No user input received for 60 seconds", "transport_receive_timeout", None),
]


@pytest.mark.parametrize(("text", "reason", "subject"), SENTENCES)
@pytest.mark.parametrize("code", [1000, 1002, 1008, 1011])
def test_words_decide_before_the_code(text, reason, subject, code):
    verdict = classify(None, Lost(code, text))

    assert (verdict.reason, verdict.subject) == (reason, subject)


@pytest.mark.parametrize("error_type", [None, "unknown", "http_exception", "new_next_year"])
def test_words_decide_where_the_error_type_could_mean_anything(error_type):
    fault = ServerFault(1002, error_type, "quota exceeded")

    assert classify(fault, Lost()).kind is Kind.CONFIGURATION


def test_every_row_of_words_has_an_example():
    assert {reason for _, _, reason in WORDS} == {reason for _, reason, _ in SENTENCES}


def test_the_code_of_the_error_counts_if_the_socket_had_none():
    assert classify(ServerFault(1011), Lost()).reason == "server_error"


@pytest.mark.parametrize("code", [1000, 1011])
def test_a_bare_close_at_the_limit_is_the_limit(code):
    assert classify(None, Lost(code), at_limit=True).kind is Kind.MAX_DURATION
    assert classify(None, Lost(code)).kind is not Kind.MAX_DURATION


@pytest.mark.parametrize("lost", [Lost(1006), Lost(1008), Lost(1000, "quota exceeded")])
def test_what_has_another_cause_is_not_the_limit(lost):
    assert classify(None, lost, at_limit=True).kind is not Kind.MAX_DURATION


def test_no_verdict_repeats_the_words_of_the_server():
    verdict = classify(ServerFault(1008, "override_error", "María debe 120"), Lost(1008, "María"))

    assert "María" not in repr(verdict)


def test_every_kind_says_when_to_open_again():
    assert set(RETRY) == set(Kind)
    assert Verdict(Kind.CONFIGURATION, "quota").retry is Retry.NEVER


def test_no_pattern_can_read_the_same_letters_in_two_ways():
    """``\\w*.*`` takes seconds for two thousand letters, in which all other sockets wait."""
    assert [p.pattern for p, _, _ in WORDS if re.search(r"[*+]\.[*+]", p.pattern)] == []
