"""Rules of the outbox: what may go out, and which entry of Twilio's list is ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.messages import Direction, Kind, Message, Notice, OutboundState
from conversation.outbox import (
    EARLY_FOR_S,
    EARLY_LOOK_S,
    Desk,
    Go,
    Hold,
    Listed,
    Needs,
    Shut,
    Skip,
    claim_made,
    early_in_s,
    find_in,
    judge,
    look_at,
    needs_of,
    sought,
)
from conversation.state import ConversationState

NOW = datetime(2026, 11, 23, 12, 0, 0, 700_123, tzinfo=UTC)
ANA = "A" * 26
SID = "SM" + "0" * 32
STATE = ConversationState(contact_id=ANA, address="whatsapp:+57", last_inbound_at=NOW)
EVERYTHING = Needs(consent=True, no_pause=True, open_window=True)


def a_message(**known):
    return Message(
        **{
            "contact_id": ANA, "message_key": "01" + "0" * 24, "conversation_id": ANA,
            "direction": Direction.OUTBOUND, "kind": Kind.REPLY, "content": "hola",
            "state": OutboundState.CLAIMED, "sent_at": NOW, "claimed_at": NOW,
            "claim": claim_made(NOW),
        } | known
    )  # fmt: skip


def an_entry(**known):
    return Listed(
        **{
            "sid": SID, "inbound": False, "from_": "us", "to": "whatsapp:+57", "body": "hola",
            "status": "sent", "error_code": None, "media": 0,
            "created_at": NOW.replace(microsecond=0),
        } | known
    )  # fmt: skip


def found(message, *entries, others=()):
    entry = find_in(message, Desk(STATE, (message, *others)), entries)
    return entry and entry.sid


@pytest.mark.parametrize(
    ("message", "needs"),
    [
        (a_message(), EVERYTHING),
        (a_message(kind=Kind.NOTICE, reason=Notice.OPT_IN), EVERYTHING),
        (
            a_message(kind=Kind.NOTICE, reason=Notice.OPT_OUT),
            Needs(consent=False, no_pause=False, open_window=True),
        ),
        (a_message(kind=Kind.OPERATOR), Needs(consent=True, no_pause=False, open_window=True)),
        (a_message(kind=Kind.OPENER), EVERYTHING),
        (
            a_message(kind=Kind.OPENER, content_sid="HX"),
            Needs(consent=True, no_pause=True, open_window=False),
        ),
    ],
)
def test_each_kind_needs_what_it_needs(message, needs):
    assert needs_of(message, sandbox=False) == needs


def test_in_the_sandbox_an_opener_needs_no_window():
    assert not needs_of(a_message(kind=Kind.OPENER), sandbox=True).open_window
    assert needs_of(a_message(), sandbox=True).open_window


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, Go()),
        ({"opted_out": True}, Skip("opted_out")),
        ({"paused_until": NOW + timedelta(seconds=1)}, Hold("paused")),
        ({"paused_until": NOW}, Go()),
        ({"last_inbound_at": NOW - timedelta(hours=23, minutes=54)}, Go()),
        ({"last_inbound_at": NOW - timedelta(hours=23, minutes=55)}, Shut()),
        ({"last_inbound_at": None}, Shut()),
        ({"opted_out": True, "last_inbound_at": None}, Skip("opted_out")),
    ],
)
def test_a_message_is_judged_by_the_conversation(known, verdict):
    assert judge(EVERYTHING, replace(STATE, **known), NOW) == verdict


def test_a_fresh_claim_is_looked_into_after_the_wait():
    assert not sought(a_message())
    assert look_at(a_message(), 60) == NOW + timedelta(seconds=60)


def test_a_message_looked_for_is_looked_for_once_more_after_five_seconds():
    later = NOW + timedelta(seconds=61)
    message = a_message(claim=claim_made(later))

    assert sought(message)
    assert abs(look_at(message, 60) - later - timedelta(seconds=5)) < timedelta(milliseconds=2)


def test_the_entry_with_our_text_is_ours():
    assert found(a_message(), an_entry()) == SID


@pytest.mark.parametrize(
    "known",
    [
        {"body": "otra cosa"},
        {"inbound": True},
        {"created_at": NOW - timedelta(seconds=10)},
    ],
)
def test_another_entry_is_not_ours(known):
    assert found(a_message(), an_entry(**known)) is None


def test_an_entry_that_belongs_to_another_message_is_not_ours():
    earlier = a_message(message_key="00" + "0" * 24, twilio_message_id=SID)

    assert found(a_message(), an_entry(), others=[earlier]) is None


def test_a_text_is_recognised_whatever_its_ends_and_line_breaks():
    assert found(a_message(content=" a\nb "), an_entry(body="a\r\nb")) == SID


def test_a_template_is_what_no_text_of_ours_says():
    message = a_message(content_sid="HX", content="as we show it")
    text = a_message(message_key="02" + "0" * 24, content="un texto")
    other = an_entry(body="un texto", sid="SM" + "1" * 32)

    assert found(message, other, an_entry(body="Hola Ana, …"), others=[text]) == SID
    assert found(message, other, others=[text]) is None


@pytest.mark.parametrize(
    ("age_s", "due_in_s"),
    [
        (0, EARLY_LOOK_S),
        (EARLY_LOOK_S - 3, 3),
        (EARLY_LOOK_S, 0),
        (EARLY_LOOK_S + EARLY_FOR_S - 1, 1 - EARLY_FOR_S),
        (EARLY_LOOK_S + EARLY_FOR_S, None),
    ],
)
def test_the_early_look_has_its_time_and_is_not_made_after_it(age_s, due_in_s):
    assert early_in_s(a_message(), NOW + timedelta(seconds=age_s)) == due_in_s


def test_of_doorbells_as_far_apart_as_the_early_look_lasts_exactly_one_looks():
    for first_s in (0.2, 3, 9.9):
        ages = [first_s + n * EARLY_FOR_S for n in range(6)]
        due = [early_in_s(a_message(), NOW + timedelta(seconds=age_s)) for age_s in ages]

        assert sum(in_s is not None and in_s <= 0 for in_s in due) == 1
