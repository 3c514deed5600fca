"""What Twilio has and we have not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.errors import Transient
from conversation.messages import Kind
from conversation.outbox import Listed
from conversation.signals import Recorded, Signal
from conversation.sweeping import Mark
from functions.sweeper.reconcile import Reconciling

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(days=30)


class Marks:
    def __init__(self, mark):
        self.now = mark
        self.stored = set()

    def mark(self):
        return self.now

    def begin(self, now):
        self.now = Mark(now, now)

    def reach(self, until):
        self.now = Mark(self.now.since, until)

    def known(self, sids):
        return frozenset(self.stored & set(sids))


class Twilio:
    def __init__(self):
        self.listed = []
        self.asked = []

    def received(self, since):
        self.asked.append(since)
        return [m for m in reversed(self.listed) if m.created_at >= since]


class Reception:
    def __init__(self):
        self.taken = []
        self.broken = False

    def take(self, inbound, now):
        if self.broken:
            raise Transient("no", reason="table_busy")
        self.taken.append((inbound.content, now))
        self.last = inbound


class Net:
    def __init__(self, *, polls=False, mark=None):
        self.marks, self.twilio, self.reception = Marks(mark), Twilio(), Reception()
        self.signals = Recorded()
        self.reconciling = Reconciling(
            twilio=self.twilio, marks=self.marks, reception=self.reception,
            signals=self.signals, polls=polls,
        )  # fmt: skip

    def has(self, body, ago_s, **known):
        sid = f"SM{len(self.twilio.listed):032x}"
        self.twilio.listed.append(
            Listed(
                **{
                    "sid": sid, "inbound": True, "from_": "whatsapp:+573138539155", "to": "us",
                    "body": body, "status": "received", "error_code": None, "media": 0,
                    "created_at": NOW - timedelta(seconds=ago_s),
                } | known
            )
        )  # fmt: skip
        return sid

    def run(self, left=300.0):
        return self.reconciling.reconcile(NOW, lambda: left)

    @property
    def bodies(self):
        return [body for body, _ in self.reception.taken]


@pytest.fixture
def net():
    return Net(mark=Mark(BEGAN, NOW - timedelta(minutes=3)))


def test_the_first_run_takes_nothing_that_was_written_before_it():
    net = Net()
    net.has("de ayer", 3600)

    assert net.run() == 0
    assert net.marks.mark() == Mark(NOW, NOW)
    assert net.bodies == []


def test_a_message_whose_webhook_never_came_is_stored_as_of_when_it_was_written(net):
    net.has("hola", 150)

    assert net.run() == 1
    assert net.reception.taken == [("hola", NOW - timedelta(seconds=150))]
    assert Signal.MESSAGE_RECONCILED in net.signals.names()


def test_what_we_have_is_left_alone(net):
    net.marks.stored = {net.has("hola", 150)}

    assert net.run() == 0


def test_what_is_younger_than_two_minutes_may_still_come_by_itself(net):
    net.has("hola", 100)

    assert net.run() == 0
    assert net.marks.mark().until == NOW - timedelta(minutes=2)


def test_where_twilio_cannot_reach_us_nothing_is_waited_for():
    net = Net(polls=True, mark=Mark(BEGAN, NOW))
    net.has("hola", 1)

    assert net.run() == 1


def test_messages_are_taken_in_the_order_in_which_they_were_written(net):
    net.has("uno", 170)
    net.has("dos", 160)

    net.run()

    assert net.bodies == ["uno", "dos"]


def test_after_an_outage_it_goes_back_to_its_last_success_and_no_further_than_two_days():
    net = Net(mark=Mark(BEGAN, NOW - timedelta(days=5)))
    net.run()
    later = Net(mark=Mark(BEGAN, NOW - timedelta(hours=3)))
    later.run()

    assert net.twilio.asked == [NOW - timedelta(hours=48)]
    assert later.twilio.asked == [NOW - timedelta(hours=3, minutes=10)]


def test_what_could_not_be_stored_is_found_by_the_next_run(net):
    before = net.marks.mark()
    net.has("hola", 150)
    net.reception.broken = True

    with pytest.raises(Transient):
        net.run()
    assert net.marks.mark() == before


def test_without_time_the_mark_stays(net):
    before = net.marks.mark()
    net.has("hola", 150)

    assert net.run(left=5) == 0
    assert net.marks.mark() == before


def test_a_picture_is_taken_as_one_though_the_list_does_not_show_it(net):
    net.has("", 150, media=1)

    net.run()

    assert net.reception.last.kind is Kind.MEDIA


def test_an_address_that_is_none_is_passed_over(net):
    net.has("?", 160, from_="messenger:1")
    net.has("hola", 150)

    net.run()

    assert net.bodies == ["hola"]
    assert Signal.WEBHOOK_REFUSED in net.signals.names()


def test_of_a_list_that_may_be_cut_off_nothing_is_marked_as_compared(net, monkeypatch):
    """Twilio tells the newest first: what came before them was not told."""
    monkeypatch.setattr("functions.sweeper.reconcile.MOST_LISTED", 2)
    before = net.marks.mark()
    net.has("uno", 170)
    net.has("dos", 160)

    assert net.run() == 2
    assert net.marks.mark() == before
    assert ("list_incomplete", "reconciler") in [
        (keys.get("reason"), keys.get("where")) for _, keys in net.signals
    ]
