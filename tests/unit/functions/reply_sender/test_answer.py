"""A batch of doorbells: who is served, and which come back."""

from __future__ import annotations

import random

import pytest

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Defect, Transient
from conversation.identifiers import ContactId, MessageKey
from conversation.signals import Recorded, Signal
from functions.reply_sender.answer import Answering, Ring
from functions.reply_sender.steps import Done, Later
from tests.letters import Letters

ANA, LUZ = ContactId("A" * 26), ContactId("B" * 26)
KEYS = [MessageKey(f"01{n:024}") for n in range(5)]


class Sender:
    """Answers as it is told, by contact."""

    needed_s = 12.0

    def __init__(self):
        self.served = []
        self.outcomes = {}

    def serve(self, contact_id, oldest, time_left):
        self.served.append((contact_id, oldest))
        outcome = self.outcomes.get(contact_id, Done())
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Typing:
    def __init__(self, log):
        self.log = log

    def show(self, bell):
        self.log.append(("typing", bell.key))


class Visibility(dict):
    broken = False

    def come_back(self, receipt, after_s):
        if self.broken:
            raise Transient("no", reason="queue_unavailable")
        self[receipt] = after_s


class Door:
    """The supervisor with its fakes."""

    def __init__(self):
        self.sender = Sender()
        self.typed = []
        self.visibility = Visibility()
        self.letters = Letters()
        self.signals = Recorded()
        self.answering = Answering(
            sender=self.sender, typing=Typing(self.typed), visibility=self.visibility,
            dead_letters=self.letters, signals=self.signals, chance=random.Random(7),
        )  # fmt: skip

    def answer(self, *rings, left=30.0):
        return self.answering.answer(rings, lambda: left)


@pytest.fixture
def door():
    return Door()


def a_ring(name, contact=ANA, key=KEYS[0], kind=BellKind.OUTBOX, receives=1):
    return Ring(name, f"r-{name}", Doorbell(kind, contact, key).to_json(), receives)


def test_several_doorbells_of_one_contact_are_one_reading_back_to_the_oldest(door):
    assert door.answer(a_ring("a", key=KEYS[2]), a_ring("b", key=KEYS[1])) == []
    assert door.sender.served == [(ANA, KEYS[1])]


def test_of_several_only_the_oldest_comes_back(door):
    door.sender.outcomes[ANA] = Later(7)

    assert door.answer(a_ring("a", key=KEYS[2]), a_ring("b", key=KEYS[1])) == ["b"]
    assert door.visibility == {"r-b": 7}


def test_one_contact_that_must_wait_does_not_hold_up_another(door):
    door.sender.outcomes[ANA] = Later(7)

    assert door.answer(a_ring("a"), a_ring("b", LUZ)) == ["a"]
    assert [contact for contact, _ in door.sender.served] == [ANA, LUZ]


def test_the_backoff_lies_between_two_and_fifteen_seconds(door):
    door.sender.outcomes[ANA] = Later()
    for receives in range(1, 12):
        door.answer(a_ring(str(receives), receives=receives))

    assert len(set(door.visibility.values())) == 11
    assert all(2 <= each <= 15 for each in door.visibility.values())
    assert max(door.visibility.values()) > 8


def test_poison_goes_to_the_dead_letters_with_its_reason_and_holds_nobody_up(door):
    poison = Ring("x", "r-x", "{", 1)

    assert door.answer(poison, a_ring("a")) == []
    assert door.letters == [("{", "bad_doorbell")]
    assert door.sender.served == [(ANA, KEYS[0])]
    assert Signal.DOORBELL_REFUSED in door.signals.names()


def test_poison_that_cannot_be_buried_comes_back_until_the_queue_buries_it(door):
    door.letters.broken = True

    assert door.answer(Ring("x", "r-x", "{", 1), a_ring("a")) == ["x"]
    assert door.visibility == {"r-x": 0}
    assert door.sender.served == [(ANA, KEYS[0])]


def test_a_doorbell_for_the_connector_is_poison_here(door):
    bell = a_ring("a", kind=BellKind.INBOX)

    assert door.answer(bell) == []
    assert door.letters == [(bell.body, "wrong_queue")]
    assert door.sender.served == []


def test_a_doorbell_that_came_in_vain_too_often_is_left_to_the_sweeper(door):
    door.sender.outcomes[ANA] = Later()

    assert door.answer(a_ring("a", receives=12)) == []


def test_a_table_that_does_not_answer_is_asked_again_later(door):
    door.sender.outcomes[ANA] = Transient("busy", reason="table_busy")

    assert door.answer(a_ring("a"), a_ring("b", LUZ)) == ["a"]
    assert Signal.PROVIDER_FAILED in door.signals.names()


@pytest.mark.parametrize("error", [Defect("no", reason="no_address"), KeyError("kind")])
def test_a_contact_that_cannot_be_read_goes_to_the_dead_letters_alone(door, error):
    door.sender.outcomes[ANA] = error

    assert door.answer(a_ring("a", receives=19), a_ring("b", LUZ)) == ["a"]
    assert Signal.DEFECT_FOUND in door.signals.names()


def test_without_time_nobody_is_begun(door):
    assert door.answer(a_ring("a"), left=11.0) == ["a"]
    assert door.sender.served == []
    assert door.visibility == {"r-a": 0}


def test_a_visibility_that_fails_leaves_the_queues_own(door):
    door.sender.outcomes[ANA] = Later(7)
    door.visibility.broken = True

    assert door.answer(a_ring("a")) == ["a"]
    assert Signal.DOORBELL_FAILED in door.signals.names()


def test_typing_is_shown_once_a_contact_and_after_everything_else(door):
    rings = [
        a_ring("a", key=KEYS[1], kind=BellKind.TYPING),
        a_ring("b", key=KEYS[2], kind=BellKind.TYPING),
        a_ring("c", LUZ),
    ]

    assert door.answer(*rings) == []
    assert door.typed == [("typing", KEYS[2])]


def test_typing_is_left_out_where_time_is_short(door):
    door.answer(a_ring("a", kind=BellKind.TYPING), left=3.0)

    assert door.typed == []


def test_typing_that_takes_its_time_is_not_shown_to_all(door):
    left = iter([30.0, 30.0, 27.9])

    door.answering.answer(
        [a_ring("a", kind=BellKind.TYPING), a_ring("b", LUZ, kind=BellKind.TYPING)],
        lambda: next(left),
    )

    assert len(door.typed) == 1
