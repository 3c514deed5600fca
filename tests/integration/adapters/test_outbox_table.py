"""The sender at the tables: what it claims, gives back and records, each under its conditions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.mapping import item_of, message_of
from conversation.adapters.tables.outbox import LEAST_READ, OutboxTable
from conversation.adapters.tables.poison import Poison
from conversation.doorbells import BellKind
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.outbox import Needs
from conversation.signals import Recorded
from conversation.state import Status
from tests.letters import Letters

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
TURN = "01" + "5" * 24
NOTHING = Needs(consent=False, no_pause=False, open_window=False)
EVERYTHING = Needs(consent=True, no_pause=True, open_window=True)
REPLY = Message(
    contact_id=ANA, message_key=f"{TURN}~001", conversation_id=ANA,
    direction=Direction.OUTBOUND, kind=Kind.REPLY, content="hola", state=OutboundState.PENDING,
    sent_at=NOW,
)  # fmt: skip


class Desk:
    """The table with one conversation, and what a test asks of it."""

    def __init__(self, tables, pace, chance):
        tokens = (f"token-{n}" for n in itertools.count())
        self.tables = tables
        self.letters, self.signals = Letters(), Recorded()
        self.outbox = OutboxTable(
            tables,
            shards=4,
            poison=Poison(tables, self.letters, self.signals, kind=BellKind.OUTBOX),
            pace=pace,
            chance=chance,
            new_token=lambda: next(tokens),
        )

    def put(self, message=REPLY, **known):
        message = replace(message, **known)
        item_of(self.tables.messages, message, shards=4).save()
        return message

    def stands(self, **known):
        self.tables.state(ANA, **known).save()

    @property
    def item(self):
        return self.tables.messages.get(ANA, REPLY.message_key)

    @property
    def stored(self):
        return message_of(self.item)

    def claim(self, needs=NOTHING, claim="c1"):
        return self.outbox.claim(REPLY, claim, needs, NOW)


@pytest.fixture
def desk(tables, pace, chance):
    made = Desk(tables, pace, chance)
    made.put()
    return made


def test_a_claim_is_written_with_its_time(desk):
    assert desk.claim()

    stored = desk.stored
    assert (stored.state, stored.claim, stored.claimed_at) == (OutboundState.CLAIMED, "c1", NOW)
    assert desk.item.pending is not None


def test_a_claim_is_written_with_the_address_that_it_is_for(desk):
    desk.outbox.claim(replace(REPLY, sent_to="whatsapp:+573138539155"), "c1", NOTHING, NOW)

    assert desk.stored.sent_to == "whatsapp:+573138539155"


def test_a_message_is_claimed_once(desk):
    assert desk.claim()
    assert not desk.claim(claim="c2")
    assert desk.stored.claim == "c1"


def test_a_message_that_is_not_there_cannot_be_claimed(desk):
    assert not desk.outbox.claim(replace(REPLY, message_key=f"{TURN}~002"), "c1", NOTHING, NOW)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ({"last_inbound_at": NOW}, True),
        ({"last_inbound_at": NOW, "opted_out": False, "paused_until": NOW}, True),
        ({"last_inbound_at": NOW, "opted_out": True}, False),
        ({"last_inbound_at": NOW, "paused_until": NOW + timedelta(seconds=1)}, False),
        ({"last_inbound_at": NOW - timedelta(hours=23, minutes=54, seconds=59)}, True),
        ({"last_inbound_at": NOW - timedelta(hours=23, minutes=55)}, False),
        ({}, False),
    ],
)
def test_the_claim_itself_checks_what_the_conversation_allows(desk, state, allowed):
    desk.stands(**state)

    assert desk.claim(EVERYTHING) is allowed
    assert desk.stored.state is (OutboundState.CLAIMED if allowed else OutboundState.PENDING)


def test_what_needs_nothing_is_claimed_whatever_the_conversation_is(desk):
    desk.stands(opted_out=True, paused_until=NOW + timedelta(days=1))

    assert desk.claim(NOTHING)


def test_what_was_surely_not_taken_is_given_back(desk):
    desk.claim()

    assert desk.outbox.release(REPLY, "c1")
    assert desk.stored == REPLY


def test_nobody_gives_back_what_another_holds(desk):
    desk.claim()

    assert not desk.outbox.release(REPLY, "c2")
    assert desk.stored.state is OutboundState.CLAIMED


def test_what_was_sent_leaves_the_pending_index(desk):
    desk.claim()
    later = NOW + timedelta(seconds=2)

    assert desk.outbox.sent(REPLY, "SM1", later)
    stored = desk.stored
    assert (stored.state, stored.twilio_message_id) == (OutboundState.SENT, "SM1")
    assert stored.sent_at == later
    assert desk.item.pending is None
    assert desk.item.pending_since is None


def test_the_record_of_a_sending_does_not_undo_a_callback(desk):
    desk.put(state=OutboundState.DELIVERED, twilio_message_id="SM1")

    assert not desk.outbox.sent(REPLY, "SM1", NOW)
    assert desk.stored.state is OutboundState.DELIVERED


def test_a_second_sid_is_not_recorded_over_the_first(desk):
    desk.put(state=OutboundState.CLAIMED, twilio_message_id="SM1")

    assert not desk.outbox.sent(REPLY, "SM2", NOW)
    assert desk.stored.twilio_message_id == "SM1"


def test_what_is_skipped_keeps_its_reason(desk):
    assert desk.outbox.skip(REPLY, "opted_out")
    assert (desk.stored.state, desk.stored.reason) == (OutboundState.SKIPPED, "opted_out")
    assert desk.item.pending is None


def test_what_is_claimed_is_not_skipped(desk):
    desk.claim()

    assert not desk.outbox.skip(REPLY, "opted_out")


def test_who_looks_for_a_message_takes_over_its_claim_once(desk):
    desk.claim()
    claimed = desk.stored

    assert desk.outbox.take_over(claimed, "c2")
    assert not desk.outbox.take_over(claimed, "c3")
    assert desk.stored.claim == "c2"
    assert desk.stored.claimed_at == NOW


def test_a_message_is_sent_anew_once(desk):
    desk.claim()
    claimed = desk.stored

    assert desk.outbox.resend(claimed)
    assert not desk.outbox.resend(claimed)
    assert desk.stored == replace(REPLY, attempts=1)


def test_what_a_person_must_decide_shows_the_conversation_to_them(desk):
    desk.claim()

    assert desk.outbox.unsure(desk.stored, "not_listed")
    assert (desk.stored.state, desk.stored.reason) == (OutboundState.UNSURE, "not_listed")
    state = desk.tables.state.get(ANA)
    assert (state.status, state.reason) == (Status.NEEDS_ATTENTION, "not_listed")
    assert desk.item.pending == "dead#3"


def test_an_opt_out_stays_what_an_operator_sees(desk):
    desk.claim()
    desk.stands(opted_out=True, status=Status.OPTED_OUT)

    assert desk.outbox.unsure(desk.stored, "not_listed")
    assert desk.tables.state.get(ANA).status == Status.OPTED_OUT


def test_a_message_that_was_found_in_the_meantime_is_not_unsure(desk):
    desk.claim()
    claimed = desk.stored
    desk.outbox.sent(REPLY, "SM1", NOW)

    assert not desk.outbox.unsure(claimed, "not_listed")
    assert desk.stored.state is OutboundState.SENT


def test_one_reading_shows_the_conversation_and_its_messages(desk):
    desk.stands(address="whatsapp:+573138539155", opted_out=True)
    desk.put(message_key=f"{TURN}~002")
    desk.put(
        message_key=TURN, direction=Direction.INBOUND, kind=Kind.MESSAGE, state=InboundState.NEW
    )

    read = desk.outbox.open(ANA, f"{TURN}~001")

    assert read.state.opted_out
    assert [m.message_key for m in read.unfinished] == [f"{TURN}~001", f"{TURN}~002"]
    assert len(read.messages) == 3


def test_a_conversation_that_nobody_wrote_yet_has_its_defaults(desk):
    assert desk.outbox.open(ANA, TURN).state.address is None


def test_the_reading_goes_back_to_the_key_it_was_rung_for(desk):
    keys = [f"02{n:024}" for n in range(3 * LEAST_READ)]
    for key in keys:
        desk.put(message_key=key, state=OutboundState.SENT)

    assert [m.message_key for m in desk.outbox.open(ANA, REPLY.message_key).unfinished] == [
        REPLY.message_key
    ]
    assert len(desk.outbox.open(ANA, keys[-1]).messages) == LEAST_READ
