"""Groups become messages, and each message reaches each channel once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.alerts import RULES, Alert, Group, Subject, Topic
from conversation.errors import Permanent, Transient
from conversation.overview import Page
from conversation.signals import Recorded, Signal
from functions.operator_alerts.tell import GIVEN_UP_AFTER, TAKEN_UP_AFTER, Telling

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LATE = Subject(Topic.LATE_ANSWERS)
DEAD = Subject(Topic.DEAD_LETTERS)


class Alerts:
    """Groups and messages in memory, as the table keeps them."""

    def __init__(self):
        self.open: dict[Subject, Group] = {}
        self.made: dict[str, Alert] = {}
        self.known: dict[Subject, int] = {}
        self.others = False

    def add(self, subject, count, keys, now):
        before = self.open.get(subject, Group(subject=subject))
        self.open[subject] = replace(
            before, count=before.count + count, first_at=before.first_at or now, last_at=now
        )

    def groups(self):
        return list(self.open.values())

    def claim(self, group, alert):
        if self.others:
            return False
        self.made[alert.key] = alert
        self.open[group.subject] = replace(group, count=0, first_at=None, told_at=alert.claimed_at)
        return True

    def forget(self, group):
        del self.open[group.subject]

    def seen(self, subject, present):
        before, self.known[subject] = self.known.get(subject, 0), present
        return before

    def told(self, *, limit, cursor=None):
        return Page(tuple(reversed(self.made.values())))

    def take_up(self, alert, now):
        self.made[alert.key] = replace(alert, claimed_at=now)
        return True

    def sent(self, alert, channel):
        known = self.made[alert.key]
        self.made[alert.key] = replace(known, sent_to=known.sent_to | {channel})

    def finish(self, alert):
        self.made[alert.key] = replace(self.made[alert.key], done=True)


class Channel:
    """Hears what it is told, unless it is told to fail first."""

    def __init__(self, name, *faults):
        self.name = name
        self.faults = list(faults)
        self.heard: list[Alert] = []

    def tell(self, alert):
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append(alert)


class Letters:
    present = 0

    def count(self):
        return self.present


@pytest.fixture
def alerts():
    return Alerts()


@pytest.fixture
def letters():
    return Letters()


@pytest.fixture
def telling(alerts, letters):
    keys = iter(f"K{n}" for n in range(100))

    def make(*channels):
        return Telling(
            book=alerts, alerts=alerts, dead_letters=letters, channels=channels, rules=RULES,
            signals=Recorded(), new_key=lambda: next(keys),
        )  # fmt: skip

    return make


def plenty():
    return 60.0


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def test_many_events_are_one_message(alerts, telling):
    slack = Channel("webhook")
    for second in range(30):
        alerts.add(LATE, 4, {}, later(second))

    telling(slack).run(later(45), plenty)
    telling(slack).run(later(50), plenty)

    assert [alert.count for alert in slack.heard] == [120]


def test_a_channel_that_is_silent_is_asked_again_and_the_other_is_not_told_twice(alerts, telling):
    mail, slack = Channel("sns"), Channel("webhook", Transient("no", reason="webhook_silent"))
    alerts.add(LATE, 1, {}, NOW)
    run = telling(mail, slack).run

    run(later(20), plenty)
    run(later(30), plenty)
    assert (len(mail.heard), len(slack.heard)) == (1, 0)

    run(later(20) + TAKEN_UP_AFTER, plenty)
    assert (len(mail.heard), len(slack.heard)) == (1, 1)
    assert all(alert.done for alert in alerts.made.values())


def test_a_channel_that_refuses_is_not_asked_again(alerts, telling):
    slack = Channel("webhook", Permanent("no", reason="webhook_404"))
    alerts.add(LATE, 1, {}, NOW)
    teller = telling(slack)

    teller.run(later(20), plenty)
    teller.run(later(200), plenty)

    assert slack.heard == []
    assert teller.signals.names() == [Signal.OPERATORS_NOT_TOLD]


def test_a_message_whose_sender_died_is_sent_by_another(alerts, telling):
    alerts.made["K"] = Alert(
        key="K", subject=LATE, count=1, first_at=NOW, last_at=NOW, claimed_at=NOW
    )
    slack = Channel("webhook")

    telling(slack).run(NOW + TAKEN_UP_AFTER, plenty)

    assert [alert.key for alert in slack.heard] == ["K"]


def test_an_old_message_is_not_sent_any_more(alerts, telling):
    alerts.made["K"] = Alert(
        key="K", subject=LATE, count=1, first_at=NOW, last_at=NOW, claimed_at=NOW
    )
    slack = Channel("webhook")

    telling(slack).run(NOW + GIVEN_UP_AFTER + timedelta(seconds=1), plenty)

    assert slack.heard == []
    assert alerts.made["K"].done


def test_of_two_who_run_at_once_one_tells(alerts, telling):
    alerts.add(LATE, 1, {}, NOW)
    alerts.others = True
    slack = Channel("webhook")

    telling(slack).run(later(20), plenty)

    assert slack.heard == []


def test_new_dead_letters_are_told_and_the_known_ones_are_not(letters, telling):
    slack = Channel("webhook")
    letters.present = 3

    for second in (0, 20, 40, 2000):
        telling(slack).run(later(second), plenty)
    assert [(alert.subject, alert.count) for alert in slack.heard] == [(DEAD, 3)]

    letters.present = 5
    for second in (3000, 3020):
        telling(slack).run(later(second), plenty)
    assert [alert.count for alert in slack.heard] == [3, 2]


def test_dead_letters_that_were_taken_away_are_news_when_they_come_again(letters, telling):
    slack = Channel("webhook")
    for second, present in ((0, 2), (20, 2), (100, 0), (2000, 2), (2020, 2)):
        letters.present = present
        telling(slack).run(later(second), plenty)

    assert [alert.count for alert in slack.heard] == [2, 2]


def test_queues_that_do_not_answer_keep_nobody_from_being_told(alerts, letters, telling):
    def silent():
        raise Transient("no", reason="queue_unavailable")

    letters.count = silent
    alerts.add(LATE, 1, {}, NOW)
    slack = Channel("webhook")

    telling(slack).run(later(20), plenty)

    assert len(slack.heard) == 1


def test_without_time_left_messages_wait_for_the_next_run(alerts, telling):
    alerts.add(LATE, 1, {}, NOW)
    slack = Channel("webhook")

    telling(slack).run(later(20), lambda: 1.0)
    telling(slack).run(later(20) + TAKEN_UP_AFTER, plenty)

    assert len(slack.heard) == 1


def test_where_nobody_is_told_the_message_is_kept(alerts, telling):
    alerts.add(LATE, 1, {}, NOW)

    telling().run(later(20), plenty)

    (alert,) = alerts.made.values()
    assert alert.done
