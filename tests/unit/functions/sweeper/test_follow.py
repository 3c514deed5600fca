"""Statuses that are asked for, where Twilio cannot bring them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.contacts import contact_id_of
from conversation.messages import Direction, Kind, Message, OutboundState
from conversation.outbox import Listed
from functions.sweeper.follow import Following

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADDRESS = "whatsapp:+573138539155"
ANA = contact_id_of(ADDRESS, "pepper")
SID = "SM" + "0" * 32


class Twilio:
    def __init__(self):
        self.listed = []

    def sent(self, since):
        self.since = since
        return self.listed


class Tracking(list):
    def track(self, report, now):
        self.append(report)


class Messages(dict):
    def recent(self, contact_id):
        return self.get(contact_id, [])


def a_message(state=OutboundState.SENT, sid=SID):
    return Message(
        contact_id=ANA, message_key="01" + "0" * 24, conversation_id=ANA,
        direction=Direction.OUTBOUND, kind=Kind.REPLY, content="hola", state=state,
        sent_at=NOW, twilio_message_id=sid,
    )  # fmt: skip


def an_entry(status, to=ADDRESS, code=None):
    return Listed(
        sid=SID, inbound=False, from_="us", to=to, body="hola", status=status, error_code=code,
        media=0, created_at=NOW,
    )  # fmt: skip


class Net:
    def __init__(self):
        self.twilio, self.tracking, self.messages = Twilio(), Tracking(), Messages()
        self.following = Following(
            twilio=self.twilio, messages=self.messages, tracking=self.tracking,
            contact_of=lambda address: contact_id_of(address, "pepper"),
        )  # fmt: skip

    def follow(self, *entries, left=300.0):
        self.twilio.listed = list(entries)
        return self.following.follow(NOW, lambda: left)


@pytest.fixture
def net():
    made = Net()
    made.messages[ANA] = [a_message()]
    return made


def test_a_message_that_is_further_at_twilio_is_reported_like_a_callback_would(net):
    assert net.follow(an_entry("delivered")) == 1

    (report,) = net.tracking
    assert (report.sid, report.status, report.contact_id) == (SID, "delivered", ANA)
    assert report.key == "01" + "0" * 24
    assert net.twilio.since == NOW - timedelta(hours=1)


def test_a_failure_brings_its_code(net):
    net.follow(an_entry("undelivered", code=63016))

    assert [report.error_code for report in net.tracking] == [63016]


@pytest.mark.parametrize("status", ["queued", "sent", "unheard-of"])
def test_what_is_no_further_is_not_reported(net, status):
    assert net.follow(an_entry(status)) == 0


def test_a_message_of_someone_elses_is_not_ours(net):
    assert net.follow(an_entry("read", to="whatsapp:+573001112233")) == 0
    assert net.follow(an_entry("read", to="sms:1")) == 0


def test_without_time_nobody_is_asked_for(net):
    assert net.follow(an_entry("read"), left=5.0) == 0
