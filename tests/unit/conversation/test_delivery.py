"""What becomes of a message that Twilio reports on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from conversation.delivery import (
    MAX_ATTEMPTS,
    STATUSES,
    TWILIO_ERRORS,
    UNKNOWN_ERROR,
    Remedy,
    Template,
    aftermath,
    fault_of,
    state_after,
    template_key,
)
from conversation.messages import Direction, Kind, Message, OutboundState
from conversation.words import Language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TURN = "01JD0000000000000000000000"
FRESH = "01JD1111111111111111111111"
TEMPLATE = Template("HX" + "1" * 32, '{"1":"Ana"}', "Hola Ana")


def a_message(kind=Kind.REPLY, key=f"{TURN}~001", **more):
    return Message(
        contact_id="C",
        message_key=key,
        conversation_id="C",
        direction=Direction.OUTBOUND,
        kind=kind,
        content="hola",
        state=OutboundState.SENT,
        sent_at=NOW,
        turn=TURN,
        **more,
    )


def after(message, code, template=TEMPLATE):
    return aftermath(message, fault_of(code), template=template, new_key=FRESH, now=NOW)


@pytest.mark.parametrize(("code", "fault"), TWILIO_ERRORS.items())
def test_every_error_has_a_reason_and_a_sentence_in_both_languages(code, fault):
    assert 20_000 <= code < 70_000
    assert re.fullmatch(r"[a-z_]+", fault.reason)
    assert fault.sentence(Language.ES) != fault.sentence(Language.EN)
    assert fault.es.endswith(".")
    assert fault.en.endswith(".")


def test_one_reason_is_one_fault():
    by_reason = {fault.reason: fault for fault in TWILIO_ERRORS.values()}

    assert all(by_reason[fault.reason] == fault for fault in TWILIO_ERRORS.values())


@pytest.mark.parametrize("code", [None, 0, 99_999])
def test_an_unknown_code_fails_the_message_and_no_more(code):
    assert fault_of(code) is UNKNOWN_ERROR


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (20429, Remedy.RETRY),
        (63018, Remedy.RETRY),
        (21610, Remedy.OPT_OUT),
        (63014, Remedy.OPT_OUT),
        (63016, Remedy.TEMPLATE),
        (20003, Remedy.HOLD),
        (63007, Remedy.HOLD),
        (63028, Remedy.ALARM),
        (63024, Remedy.FAIL),
    ],
)
def test_an_error_calls_for_its_remedy(code, remedy):
    assert fault_of(code).remedy is remedy


def test_the_statuses_of_twilio_are_the_states_of_ours():
    assert {status: state.value for status, state in STATUSES.items()} == {
        "accepted": "SENT",
        "scheduled": "SENT",
        "queued": "SENT",
        "sending": "SENT",
        "sent": "SENT",
        "partially_delivered": "SENT",
        "delivered": "DELIVERED",
        "read": "READ",
        "failed": "FAILED",
        "undelivered": "FAILED",
        "canceled": "FAILED",
    }


@pytest.mark.parametrize("status", ["receiving", "received", "", "tomorrow's"])
def test_a_status_that_is_no_message_of_ours_is_none(status):
    assert state_after(status) is None


def test_a_closed_window_is_followed_by_the_template():
    followed = after(a_message(), 63016)

    successor = followed.successor
    assert successor is not None
    assert followed.ring
    assert not followed.alarms
    assert successor.message_key == f"{TURN}~998"
    assert successor.kind is Kind.OPENER
    assert successor.state is OutboundState.PENDING
    assert successor.content_sid == TEMPLATE.content_sid
    assert successor.content_variables == TEMPLATE.content_variables
    assert successor.content == "Hola Ana"


def test_all_the_parts_of_a_turn_are_followed_by_one_template():
    assert template_key(f"{TURN}~001") == template_key(f"{TURN}~007")


def test_an_opener_is_followed_by_a_template_of_its_own():
    assert template_key(TURN) == f"{TURN}~998"


@pytest.mark.parametrize(
    ("message", "template"),
    [
        (a_message(), None),
        (a_message(Kind.OPENER, TURN, content_sid="HX" + "2" * 32), TEMPLATE),
    ],
    ids=["none configured", "it was the template"],
)
def test_a_closed_window_without_a_way_out_raises_the_alarm(message, template):
    followed = after(message, 63016, template)

    assert followed.successor is None
    assert followed.alarms


def test_a_notice_is_followed_by_nothing():
    assert after(a_message(Kind.NOTICE), 63016).successor is None
    assert after(a_message(Kind.NOTICE), 63012).successor is None


def test_a_passing_fault_is_followed_by_the_same_message_under_a_new_key():
    followed = after(a_message(attempts=1, content_sid="HX1", content_variables="{}"), 63012)

    successor = followed.successor
    assert successor is not None
    assert not followed.ring
    assert successor.message_key == FRESH
    assert successor.content == "hola"
    assert successor.content_sid == "HX1"
    assert successor.attempts == 2


def test_a_fault_that_does_not_pass_ends():
    assert after(a_message(attempts=MAX_ATTEMPTS), 63012).successor is None


def test_a_person_who_blocked_us_is_left_alone():
    followed = after(a_message(), 63014)

    assert followed.opts_out
    assert not followed.alarms
    assert followed.successor is None


def test_what_someone_must_mend_raises_the_alarm():
    assert after(a_message(), 63007).alarms
    assert not after(a_message(), 63024).alarms
