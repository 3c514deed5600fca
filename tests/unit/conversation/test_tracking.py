"""Following a message at Twilio, against a table in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conversation.callbacks import Report
from conversation.delivery import Template
from conversation.doorbells import BellKind
from conversation.errors import Transient
from conversation.messages import Direction, Kind, Message, OutboundState, sources_of
from conversation.signals import Recorded, Signal
from conversation.state import ConversationState
from conversation.tracking import Tracking

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTACT = "A" * 26
KEY = "01JD0000000000000000000000~001"
SID, OTHER = "SM" + "1" * 32, "SM" + "2" * 32


class FakeDeliveries:
    """One message, moved only as the table of transitions allows."""

    def __init__(self, message):
        self.message = message
        self.afters = []

    def find(self, contact_id, key):
        found = self.message
        same = found and (found.contact_id, found.message_key) == (contact_id, key)
        return found if same else None

    def conversation(self, contact_id):
        return ConversationState(contact_id=contact_id)

    def advance(self, message, state, sid, now):
        allowed = self.message.state in sources_of(state)
        if allowed:
            self.message = replace(self.message, state=state, twilio_message_id=sid)
        return allowed

    def fail(self, message, after, *, now, sid=None):
        moved = self.advance(message, OutboundState.FAILED, sid, now)
        if moved:
            self.afters.append(after)
        return moved


class FakeBells(list):
    broken = False

    def ring(self, bell):
        if self.broken:
            raise Transient("no queue", reason="queue_unavailable")
        self.append((bell.kind, bell.key))


def a_message(state=OutboundState.SENT, sid=SID, **more):
    fields = {
        "direction": Direction.OUTBOUND,
        "kind": Kind.REPLY,
        "content": "hola",
        "state": state,
        "sent_at": NOW,
        "twilio_message_id": sid,
        **more,
    }
    return Message(contact_id=CONTACT, message_key=KEY, conversation_id=CONTACT, **fields)


class Story:
    """A message, what is reported of it, and what came of that."""

    def __init__(self, message):
        self.deliveries = FakeDeliveries(message)
        self.bells = FakeBells()
        self.signals = Recorded()
        self.tracking = Tracking(
            deliveries=self.deliveries,
            bells=self.bells,
            signals=self.signals,
            template_for=lambda state, now: Template("HX1", "{}", "Hola"),
            new_key=lambda: "01JE0000000000000000000000",
        )

    def told(self, status, code=None, sid=SID, contact=CONTACT, key=KEY):
        self.tracking.track(Report(sid, status, code, contact, key), NOW)
        return self

    @property
    def state(self):
        return self.deliveries.message.state


def test_the_states_rise_as_twilio_reports_them():
    story = Story(a_message(OutboundState.CLAIMED, sid=None))
    seen = [story.told(status).state.value for status in ("queued", "sent", "delivered", "read")]

    assert seen == ["SENT", "SENT", "DELIVERED", "READ"]
    assert story.deliveries.message.twilio_message_id == SID


def test_reports_out_of_order_and_repeated_take_nothing_back():
    story = Story(a_message(OutboundState.CLAIMED, sid=None))

    story.told("read").told("delivered").told("sent").told("read").told("failed", 63016)

    assert story.state is OutboundState.READ
    assert story.deliveries.afters == []


def test_a_report_that_ends_a_claim_rings_for_what_waited():
    assert Story(a_message(OutboundState.CLAIMED)).told("sent").bells == [(BellKind.OUTBOX, KEY)]
    assert Story(a_message(OutboundState.SENT)).told("delivered").bells == []


def test_a_ring_that_fails_is_noted_and_no_error():
    story = Story(a_message(OutboundState.CLAIMED))
    story.bells.broken = True

    assert Signal.DOORBELL_FAILED in story.told("sent").signals.names()


def test_a_second_sid_for_one_message_is_told_and_changes_nothing():
    story = Story(a_message(OutboundState.SENT, sid=OTHER)).told("delivered")

    assert story.signals.names() == [Signal.DUPLICATE_SENT]
    assert story.state is OutboundState.SENT


def test_a_second_sid_that_wins_the_race_is_told():
    story = Story(a_message(OutboundState.CLAIMED, sid=None))

    def lost_the_race(message, state, sid, now):
        story.deliveries.message = replace(message, twilio_message_id=OTHER)
        return False

    story.deliveries.advance = lost_the_race
    assert story.told("sent").signals.names() == [Signal.DUPLICATE_SENT]


@pytest.mark.parametrize(
    ("contact", "key"), [(None, None), ("B" * 26, KEY), (CONTACT, "01JD0000000000000000000001")]
)
def test_a_message_that_nobody_knows_is_noted_and_no_error(contact, key):
    story = Story(a_message()).told("delivered", contact=contact, key=key)

    assert story.signals[0][1]["reason"] == "unknown_message"
    assert story.state is OutboundState.SENT


def test_a_persons_own_message_is_none_of_ours():
    story = Story(a_message(direction=Direction.INBOUND)).told("delivered")

    assert story.signals[0][1]["reason"] == "unknown_message"


def test_a_status_that_nobody_knows_is_noted_and_no_error():
    story = Story(a_message()).told("teleported")

    assert story.signals[0][1]["reason"] == "unknown_status"


def test_a_closed_window_brings_the_template_and_rings_for_it():
    story = Story(a_message()).told("undelivered", 63016)

    assert story.state is OutboundState.FAILED
    assert story.deliveries.afters[0].successor.content_sid == "HX1"
    assert story.bells == [(BellKind.OUTBOX, "01JD0000000000000000000000~998")]
    assert story.signals[0] == (
        Signal.REPLY_FAILED,
        {
            "contact_id": CONTACT,
            "message_key": KEY,
            "sid": SID,
            "code": 63016,
            "status": "undelivered",
            "reason": "window_closed",
        },
    )


def test_a_repeated_failure_is_followed_once():
    story = Story(a_message()).told("failed", 63016).told("failed", 63016)

    assert len(story.deliveries.afters) == 1
    assert len(story.bells) == 1


def test_a_person_who_blocked_us_has_opted_out():
    story = Story(a_message()).told("undelivered", 63014)

    assert story.deliveries.afters[0].opts_out
    assert story.signals.names() == [Signal.REPLY_FAILED, Signal.PERSON_OPTED_OUT]
