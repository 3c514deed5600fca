from dataclasses import replace

import pytest

from infra.local.twilio.config import Config
from infra.local.twilio.journey import journey
from infra.local.twilio.records import Direction, Message, Person, Status

NOW = 1_000_000.0
CONFIG = Config(account_sid="AC", auth_token="t", sender="whatsapp:+1")


def a_message(**words):
    defaults = {"sid": "SM1", "person": "+2", "direction": Direction.OUTBOUND, "to": "whatsapp:+2"}
    times = {"created_at": NOW, "updated_at": NOW}
    return Message(**(defaults | times | {"status": Status.QUEUED, "body": "hola"} | words))


def a_person(**words):
    return Person(
        **({"key": "+2", "number": "+2", "bsuid": "US.1", "last_inbound_at": NOW} | words)
    )


def states(message, person, config=CONFIG, now=NOW):
    return [(step.status, step.error_code) for step in journey(message, person, config, now)]


def test_in_the_window_a_message_is_sent_and_delivered():
    assert states(a_message(), a_person()) == [("sent", None), ("delivered", None)]


def test_an_accepted_one_is_queued_first():
    assert states(a_message(status=Status.ACCEPTED), a_person())[0] == ("queued", None)


def test_a_sent_one_is_only_delivered():
    assert states(a_message(status=Status.SENT), a_person()) == [("delivered", None)]


@pytest.mark.parametrize(("age_s", "code"), [(24 * 3600 - 1, None), (24 * 3600, 63016)])
def test_the_window_ends_after_twenty_four_hours(age_s, code):
    assert states(a_message(), a_person(), now=NOW + age_s)[-1][1] == code


def test_an_approved_template_needs_no_window():
    template = a_message(content_sid="HX1", approved=True)

    assert states(template, a_person(last_inbound_at=None))[-1] == ("delivered", None)


@pytest.mark.parametrize(
    ("message", "person", "changes", "expected"),
    [
        ({}, {"last_inbound_at": None}, {}, [("failed", 63016)]),
        ({}, {"on_whatsapp": False}, {}, [("sent", None), ("undelivered", 63024)]),
        ({}, {"blocked": True}, {}, [("sent", None), ("undelivered", 63014)]),
        ({}, {"fails_with": 63049}, {}, [("sent", None), ("undelivered", 63049)]),
        ({}, {}, {"sandbox": True}, [("failed", 63015)]),
        ({"unmatched": True, "content_sid": "HX"}, {}, {}, [("failed", 63028)]),
        ({"content_sid": "HX", "body": "x" * 1025}, {}, {}, [("failed", 63021)]),
        ({"validity_s": 5}, {}, {"sent_after_s": 6.0}, [("failed", 30036)]),
    ],
)
def test_the_channel_refuses_for_its_reasons(message, person, changes, expected):
    config = replace(CONFIG, **changes)

    assert states(a_message(**message), a_person(**person), config) == expected


@pytest.mark.parametrize(("days", "code"), [(2.9, None), (3.1, 63015)])
def test_a_sandbox_session_lasts_three_days(days, code):
    now = NOW + days * 24 * 3600
    person = a_person(joined_at=NOW, last_inbound_at=now)

    assert states(a_message(), person, replace(CONFIG, sandbox=True), now)[-1][1] == code
