"""Groups and messages in the table, over all processes that count and tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.alerting import Alerting
from conversation.adapters.tables.alerts import AlertBook, AlertTable
from conversation.alerts import Alert, Subject, Topic
from conversation.errors import Transient
from conversation.signals import Recorded, Signal

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DROPS = Subject(Topic.DROPS)


@pytest.fixture
def book(tables):
    return AlertBook(tables)


@pytest.fixture
def alerts(tables, pace, chance):
    tokens = iter(f"token-{n}" for n in range(100))
    return AlertTable(tables, pace=pace, chance=chance, new_token=lambda: next(tokens))


def message_of(group, key="K1"):
    return Alert(
        key=key, subject=group.subject, count=group.count, first_at=group.first_at,
        last_at=group.last_at, claimed_at=NOW, contact_id=group.contact_id, reason=group.reason,
    )  # fmt: skip


def test_what_several_processes_count_is_one_group(book, alerts):
    book.add(DROPS, 2, {"contact_id": "A", "reason": "reset"}, NOW)
    book.add(DROPS, 3, {"contact_id": "B"}, NOW + timedelta(seconds=5))

    (group,) = alerts.groups()
    assert (group.count, group.first_at, group.last_at) == (5, NOW, NOW + timedelta(seconds=5))
    assert (group.contact_id, group.reason) == ("B", None)


def test_a_group_becomes_one_message_and_what_comes_meanwhile_stays(book, alerts):
    book.add(DROPS, 2, {}, NOW)
    (group,) = alerts.groups()
    book.add(DROPS, 1, {}, NOW)

    first = alerts.claim(group, message_of(group))
    second = alerts.claim(group, message_of(group, "K2"))

    assert (first, second) == (True, False)
    assert [alert.count for alert in alerts.told(limit=9).items] == [2]
    (left,) = alerts.groups()
    assert (left.count, left.first_at, left.told_at) == (1, None, NOW)


def test_what_stays_is_claimed_once_too(book, alerts):
    book.add(DROPS, 2, {}, NOW)
    (group,) = alerts.groups()
    book.add(DROPS, 1, {}, NOW)
    alerts.claim(group, message_of(group))
    (left,) = alerts.groups()
    rest = replace(message_of(left, "K2"), first_at=NOW, claimed_at=NOW + timedelta(minutes=20))

    claimed = [alerts.claim(left, rest), alerts.claim(left, replace(rest, key="K3"))]

    assert claimed == [True, False]
    assert [group.count for group in alerts.groups()] == [0]


def test_what_stays_is_dated_by_the_next_event(book, alerts):
    book.add(DROPS, 1, {}, NOW)
    (group,) = alerts.groups()
    alerts.claim(group, message_of(group))

    book.add(DROPS, 1, {}, NOW + timedelta(minutes=1))

    (left,) = alerts.groups()
    assert left.first_at == NOW + timedelta(minutes=1)


def test_a_forgotten_group_begins_anew(book, alerts):
    book.add(DROPS, 2, {}, NOW)
    (group,) = alerts.groups()

    alerts.forget(group)
    alerts.forget(group)
    book.add(DROPS, 1, {}, NOW + timedelta(hours=1))

    (again,) = alerts.groups()
    assert (again.count, again.first_at) == (1, NOW + timedelta(hours=1))


def test_of_two_who_take_a_message_up_one_does(book, alerts):
    book.add(DROPS, 1, {}, NOW)
    (group,) = alerts.groups()
    message = message_of(group)
    alerts.claim(group, message)

    later = NOW + timedelta(minutes=2)

    assert [alerts.take_up(message, later), alerts.take_up(message, later)] == [True, False]


def test_it_is_kept_who_has_a_message(book, alerts):
    book.add(DROPS, 1, {}, NOW)
    (group,) = alerts.groups()
    message = message_of(group)
    alerts.claim(group, message)

    alerts.sent(message, "sns")
    alerts.sent(message, "webhook")
    alerts.finish(message)

    (kept,) = alerts.told(limit=9).items
    assert kept == replace(message, sent_to=frozenset({"sns", "webhook"}), done=True)


def test_messages_come_a_page_at_a_time_the_newest_first(book, alerts):
    for n in range(5):
        book.add(DROPS, 1, {}, NOW + timedelta(hours=n))
        (group,) = alerts.groups()
        alerts.claim(group, message_of(group, f"K{n}"))

    first = alerts.told(limit=3)
    rest = alerts.told(limit=3, cursor=first.cursor)

    assert [a.key for a in (*first.items, *rest.items)] == ["K4", "K3", "K2", "K1", "K0"]
    assert rest.cursor is None


def test_how_many_were_seen_is_kept(alerts):
    dead = Subject(Topic.DEAD_LETTERS)

    assert [alerts.seen(dead, n) for n in (3, 3, 5, 0, 0, 1)] == [0, 3, 3, 5, 0, 0]


def test_events_that_come_while_a_write_waits_go_with_it(book, alerts):
    waiting = []
    told = Recorded()
    alerting = Alerting(
        told, book, now=lambda: NOW, aside=lambda work: waiting.append(work) is None
    )

    for n in range(50):
        alerting(Signal.SOCKET_LOST, contact_id=f"C{n}", reason="reset")
        alerting(Signal.SOCKET_OPENED, contact_id=f"C{n}")
    for work in waiting:
        work()

    assert len(waiting) == 1
    (group,) = alerts.groups()
    assert (group.count, group.contact_id) == (50, "C49")
    assert len(told) == 100


def test_a_table_that_does_not_answer_costs_the_notice_and_nothing_else():
    class Gone:
        def add(self, *_):
            raise Transient("no", reason="table_busy")

    told = Recorded()
    alerting = Alerting(told, Gone(), now=lambda: NOW)

    alerting(Signal.SOCKET_LOST, contact_id="C")

    assert told.names() == [Signal.SOCKET_LOST, Signal.PROVIDER_FAILED]


def test_what_could_not_be_put_aside_does_not_silence_what_comes_later(book, alerts):
    answers, works = iter((False, True)), []

    def aside(work):
        works.append(work)
        return next(answers)

    alerting = Alerting(Recorded(), book, now=lambda: NOW, aside=aside)

    alerting(Signal.SOCKET_LOST)
    alerting(Signal.SOCKET_LOST)
    works[-1]()

    (group,) = alerts.groups()
    assert group.count == 1


def test_topics_of_another_deployment_are_left_to_it(tables, book, alerts):
    tables.alerts(part="groups", name="moods#", events=3, first_at=NOW, last_at=NOW).save()
    tables.alerts(
        part="told", name="K9", subject="moods#", events=3, first_at=NOW, last_at=NOW,
        claimed_at=NOW,
    ).save()  # fmt: skip
    book.add(DROPS, 1, {}, NOW)

    assert [group.subject for group in alerts.groups()] == [DROPS]
    assert alerts.told(limit=5).items == ()
