"""What the sender and the callbacks write of a message on its way, against moto."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.mapping import item_of
from conversation.delivery import MAX_ATTEMPTS, Template, aftermath, fault_of
from conversation.messages import (
    OUTBOUND_TRANSITIONS,
    Direction,
    Kind,
    Message,
    OutboundState,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
TEMPLATE = Template("HX" + "0" * 32, "{}", "Hola")
CONTACT, KEY = "A" * 26, "01JD0000000000000000000000"
SID, OTHER = "SM" + "1" * 32, "SM" + "2" * 32
REPORTED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)


@pytest.fixture
def deliveries(tables, pace, chance):
    tokens = map("token-{}".format, itertools.count())
    return DeliveryTable(tables, shards=4, pace=pace, chance=chance, new_token=lambda: next(tokens))


def a_message(tables, state=OutboundState.CLAIMED, **more):
    message = Message(
        contact_id=CONTACT,
        message_key=KEY,
        conversation_id=CONTACT,
        direction=Direction.OUTBOUND,
        kind=Kind.REPLY,
        content="hola",
        state=state,
        sent_at=NOW,
        **more,
    )
    item_of(tables.messages, message, shards=4).save()
    return message


def failed(message, code=63024, new_key="N"):
    return aftermath(message, fault_of(code), template=None, new_key=new_key, now=NOW)


@pytest.mark.parametrize("then", REPORTED)
@pytest.mark.parametrize("now", OutboundState)
def test_a_state_is_reached_only_as_the_table_of_transitions_allows(tables, deliveries, now, then):
    message = a_message(tables, now)

    moved = deliveries.advance(message, then, SID, NOW)

    assert moved is (then in OUTBOUND_TRANSITIONS[now])
    assert tables.messages.get(CONTACT, KEY).state == (then if moved else now)


@pytest.mark.parametrize("now", OutboundState)
def test_a_failure_too_is_written_only_where_it_may_be(tables, deliveries, now):
    message = a_message(tables, now)

    moved = deliveries.fail(message, failed(message), now=NOW)

    assert moved is (OutboundState.FAILED in OUTBOUND_TRANSITIONS[now])


def test_another_sid_is_never_overwritten(tables, deliveries):
    message = a_message(tables, twilio_message_id=OTHER)

    assert not deliveries.advance(message, OutboundState.SENT, SID, NOW)
    assert not deliveries.fail(message, failed(message), now=NOW, sid=SID)
    assert tables.messages.get(CONTACT, KEY).twilio_message_id == OTHER


def test_a_failure_under_a_claim_that_is_lost_is_not_written(tables, deliveries):
    message = a_message(tables, claim="mine")

    assert not deliveries.fail(message, failed(message), now=NOW, claim="another's")
    assert deliveries.fail(message, failed(message), now=NOW, claim="mine")


def test_a_failure_stands_although_its_successor_exists_already(tables, deliveries):
    message = a_message(tables)
    after = failed(message, 63012)
    item_of(tables.messages, after.successor, shards=4).save()

    assert deliveries.fail(message, after, now=NOW)
    assert tables.messages.get(CONTACT, KEY).state == "FAILED"


@pytest.mark.parametrize("code", [63016, 63012])
def test_what_takes_the_place_of_a_failed_message_is_the_last_that_was_said(
    tables, deliveries, code
):
    message = a_message(tables)
    tables.state(
        contact_id=CONTACT, last_message_key=KEY, last_message_at=NOW, message_count=1
    ).save()
    after = aftermath(message, fault_of(code), template=TEMPLATE, new_key="N", now=LATER)

    assert deliveries.fail(message, after, now=LATER)

    state = tables.state.get(CONTACT)
    assert state.last_message_key == after.successor.message_key
    assert (state.last_message_at, state.message_count) == (LATER, 1)


def test_a_message_that_is_sent_anew_again_and_again_is_one_message(tables, deliveries):
    message = a_message(tables)
    tables.state(contact_id=CONTACT, last_message_key=KEY, message_count=1).save()

    for attempt in range(MAX_ATTEMPTS + 1):
        after = failed(message, 63012, new_key=f"N{attempt}")
        told = [deliveries.fail(message, after, now=LATER) for _ in range(2)]
        assert told == [True, False]
        message = after.successor and deliveries.find(CONTACT, after.successor.message_key)

    assert message is None  # the last failure has no successor
    stored = list(tables.messages.query(CONTACT))
    assert [item.state for item in stored] == ["FAILED"] * (MAX_ATTEMPTS + 1)
    assert tables.state.get(CONTACT).message_count == 1


def test_a_failure_that_nothing_follows_leaves_what_was_said_last(tables, deliveries):
    message = a_message(tables)
    tables.state(contact_id=CONTACT, last_message_key=KEY, message_count=1).save()

    assert deliveries.fail(message, failed(message), now=NOW)

    state = tables.state.get(CONTACT)
    assert (state.last_message_key, state.message_count) == (KEY, 1)


def test_what_follows_a_failure_is_said_once_however_often_it_is_told(tables, deliveries):
    message = a_message(tables)
    after = aftermath(message, fault_of(63016), template=TEMPLATE, new_key="N", now=NOW)

    told = [deliveries.fail(message, after, now=NOW) for _ in range(2)]

    state = tables.state.get(CONTACT)
    assert told == [True, False]
    assert (state.last_message_key, state.message_count) == (after.successor.message_key, 0)


def test_an_update_never_makes_a_message_that_is_not_there(tables, deliveries):
    message = a_message(tables)
    tables.messages.get(CONTACT, KEY).delete()

    assert not deliveries.advance(message, OutboundState.SENT, SID, NOW)
    assert deliveries.find(CONTACT, KEY) is None


def test_a_conversation_that_nobody_wrote_has_the_defaults(deliveries):
    assert not deliveries.conversation(CONTACT).opted_out
