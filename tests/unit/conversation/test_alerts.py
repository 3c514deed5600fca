"""Which events operators are told of, and when a group of them is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation import alert_words
from conversation.alerts import (
    AGAIN,
    LONGEST,
    QUIET,
    RULES,
    TOPICS,
    Alert,
    Due,
    Group,
    Subject,
    Topic,
    due,
    rules,
    subject_of,
)
from conversation.faults import TWILIO_ERRORS, Remedy
from conversation.signals import Signal
from conversation.words import Language

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LATE = Subject(Topic.LATE_ANSWERS)
DROPS = Subject(Topic.DROPS)


def a_group(subject=LATE, *, count=1, first=60, last=30, told=None):
    """Events that began ``first`` and ended ``last`` seconds ago."""
    return Group(
        subject=subject,
        count=count,
        first_at=NOW - timedelta(seconds=first),
        last_at=NOW - timedelta(seconds=last),
        told_at=None if told is None else NOW - timedelta(seconds=told),
    )


def an_alert(topic=Topic.DROPS, *, count=1, cause="", contact_id=None):
    return Alert(
        key="K", subject=Subject(topic, cause), count=count, first_at=NOW, last_at=NOW,
        claimed_at=NOW, contact_id=contact_id,
    )  # fmt: skip


def test_a_quiet_group_is_told():
    assert due(a_group(last=QUIET.seconds), RULES[Topic.LATE_ANSWERS], NOW) is Due.TELL


def test_a_storm_is_waited_for():
    group = a_group(count=300, first=QUIET.seconds + 5, last=1)

    assert due(group, RULES[Topic.LATE_ANSWERS], NOW) is Due.WAIT


def test_a_storm_that_goes_on_is_told_after_a_minute():
    group = a_group(count=300, first=LONGEST.seconds, last=0)

    assert due(group, RULES[Topic.LATE_ANSWERS], NOW) is Due.TELL


def test_what_follows_a_message_waits_to_be_told_together():
    rule = RULES[Topic.LATE_ANSWERS]

    assert due(a_group(told=AGAIN.seconds - 1), rule, NOW) is Due.WAIT
    assert due(a_group(told=AGAIN.seconds), rule, NOW) is Due.TELL


def test_what_was_added_while_a_message_was_made_is_told_in_the_next():
    left = Group(
        subject=LATE, count=2, last_at=NOW - AGAIN, told_at=NOW - AGAIN + timedelta(seconds=1)
    )

    assert due(left, RULES[Topic.LATE_ANSWERS], NOW) is Due.WAIT
    assert due(left, RULES[Topic.LATE_ANSWERS], NOW + timedelta(seconds=1)) is Due.TELL


def test_a_group_without_an_event_is_left_alone():
    empty = Group(subject=LATE, told_at=NOW - timedelta(days=1))

    assert due(empty, RULES[Topic.LATE_ANSWERS], NOW) is Due.WAIT


@pytest.mark.parametrize(
    ("count", "first", "expected"),
    [(4, 60, Due.WAIT), (5, 60, Due.TELL), (4, 301, Due.FORGET)],
)
def test_few_drops_are_forgotten_and_many_are_told(count, first, expected):
    group = a_group(DROPS, count=count, first=first, last=30)

    assert due(group, rules(each_drop=False)[Topic.DROPS], NOW) is expected


def test_each_drop_is_told_where_that_is_wanted():
    assert due(a_group(DROPS), rules(each_drop=True)[Topic.DROPS], NOW) is Due.TELL


@pytest.mark.parametrize(
    ("signal", "keys", "expected"),
    [
        (Signal.SOCKET_LOST, {"reason": "reset"}, Subject(Topic.DROPS)),
        (Signal.ANSWER_SLOW, {}, Subject(Topic.LATE_ANSWERS)),
        (Signal.BREAKER_OPENED, {"reason": "lost"}, Subject(Topic.BREAKER_OPEN)),
        (Signal.AGENT_MISCONFIGURED, {"reason": "auth"}, Subject(Topic.CONFIGURATION, "auth")),
        (Signal.REPLY_FAILED, {"reason": "bad_sender"}, Subject(Topic.CONFIGURATION, "bad_sender")),
        (Signal.REPLY_FAILED, {"reason": "not_on_whatsapp"}, Subject(Topic.REPLIES_FAILED)),
        (Signal.SOCKET_CLOSED, {"reason": "idle"}, None),
        (Signal.WEBHOOK_REFUSED, {}, None),
    ],
)
def test_an_event_belongs_to_a_group_or_to_none(signal, keys, expected):
    assert subject_of(signal, keys) == expected


def test_every_topic_has_a_rule_and_an_event_but_what_is_counted_from_outside():
    assert set(RULES) == set(Topic)
    told = set(TOPICS.values()) | {Topic.REPLIES_FAILED}  # which many failures become
    assert set(Topic) - told == {Topic.DEAD_LETTERS}


def test_one_persons_page_explains_what_is_about_one():
    assert an_alert(contact_id="C").page == "/panel/people/C?view=timeline"
    assert an_alert(contact_id="C", count=2).page == "/panel/sockets"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("topic", Topic)
def test_there_are_words_for_one_and_for_many(language, topic):
    one, many = an_alert(topic), an_alert(topic, count=12)

    assert alert_words.head(one, language)
    assert "12" in alert_words.head(many, language)
    assert alert_words.body(one, language)


@pytest.mark.parametrize("language", Language)
def test_a_cause_is_told_with_its_remedy(language):
    causes = {f.reason for f in TWILIO_ERRORS.values() if f.remedy is Remedy.ALARM}
    plain = alert_words.body(an_alert(Topic.CONFIGURATION), language)

    for cause in causes | {"auth", "quota", "override_error", "agent_not_found"}:
        assert alert_words.body(an_alert(Topic.CONFIGURATION, cause=cause), language) != plain
