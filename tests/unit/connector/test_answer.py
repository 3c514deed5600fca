"""The answer to an upgrade request, read as it comes in."""

from __future__ import annotations

import pytest

from connector.answer import MAX_HEAD_BYTES, Answer, retry_after_s, worth_reading

SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def an_answer(data):
    answer = Answer()
    answer.add(data)
    return answer


@pytest.mark.parametrize("cut", range(len(SWITCHING)))
def test_a_head_needs_more_until_its_last_byte(cut):
    answer = an_answer(SWITCHING[:cut])

    assert answer.needs_more
    assert answer.head == b""


def test_first_frames_behind_the_head_are_kept_apart():
    answer = an_answer(SWITCHING + b"\x81\x02hi")

    assert not answer.needs_more
    assert answer.head == SWITCHING
    assert answer.body == b"\x81\x02hi"


def test_the_text_of_a_refusal_is_waited_for_up_to_its_length():
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n"

    assert an_answer(head + b"deni").needs_more
    assert not an_answer(head + b"denied"[:5]).needs_more


def test_a_refusal_that_promises_gigabytes_is_cut():
    head = b"HTTP/1.1 500 Oh\r\ncontent-length: 9999999999\r\n\r\n"

    assert not an_answer(head + b"x" * 2048).needs_more


def test_a_head_without_an_end_is_given_up():
    answer = an_answer(b"HTTP/1.1 101 Switching\r\nX: " + b"x" * MAX_HEAD_BYTES)

    assert not answer.needs_more
    assert answer.head == b""


def test_cookies_and_the_promise_of_a_body_are_not_passed_on():
    head = (
        b"HTTP/1.1 429 Slow down\r\nSet-Cookie: a=b; Domain=example.org\r\n"
        b"Content-Length: 5\r\nRetry-After: 7\r\nServer: x\r\n\r\n"
    )

    assert worth_reading(head) == b"HTTP/1.1 429\r\nRetry-After: 7\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 10:00:30 GMT",
                "date": "Mon, 23 Nov 2026 10:00:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 09:00:00 GMT",
                "date": "Mon, 23 Nov 2026 10:00:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(headers, seconds):
    assert retry_after_s(headers) == seconds


def test_an_answer_that_only_announces_the_answer_is_passed_over():
    answer = an_answer(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n")

    assert answer.needs_more
    answer.add(b"\r\n" + SWITCHING + b"\x81\x02hi")

    assert not answer.needs_more
    assert answer.head == SWITCHING
    assert answer.body == b"\x81\x02hi"


def test_a_length_of_more_digits_than_a_number_may_have_is_a_length():
    head = b"HTTP/1.1 503 Busy\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"

    assert an_answer(head + b"x").needs_more
    assert not an_answer(head + b"x" * 2048).needs_more


@pytest.mark.parametrize(
    "asked", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"], ids=["a day", "digits", "date"]
)
def test_nobody_is_obeyed_for_longer_than_ten_minutes(asked):
    headers = {"retry-after": asked, "date": "Sat, 28 Nov 2026 12:00:00 GMT"}

    assert retry_after_s(headers) == 600.0
