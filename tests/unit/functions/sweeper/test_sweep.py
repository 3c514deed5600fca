"""The sweeper rings again for what was never finished."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.identifiers import ContactId, MessageKey
from conversation.messages import Direction
from conversation.signals import Recorded, Signal
from conversation.sweeping import Waiting
from functions.sweeper.sweep import Sweeping

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA, LUZ = ContactId("A" * 26), ContactId("B" * 26)
KEYS = [MessageKey(f"01{n:024}") for n in range(5)]


class Pending:
    """Two shards of the index."""

    def __init__(self):
        self.entries = {}
        self.asked = []
        self.cleared = []

    def older_than(self, before, side, shard, limit):
        self.asked.append(before)
        return self.entries.get((side, shard), [])

    def clear(self, waiting, side):
        self.cleared.append((waiting.key, side))
        return True


class Bells(list):
    broken_for = None

    def ring(self, bell):
        if bell.contact_id == self.broken_for:
            raise Transient("no", reason="queue_unavailable")
        self.append(bell)


class Backlog:
    """One queue for everybody."""

    waits = 0
    broken = False

    def waiting(self, side, shard):
        if self.broken:
            raise Transient("no", reason="queue_unavailable")
        return self.waits


class Net:
    def __init__(self):
        self.pending, self.bells, self.signals = Pending(), Bells(), Recorded()
        self.backlog = Backlog()
        self.sweeping = Sweeping(
            pending=self.pending, bells=self.bells, backlog=self.backlog, signals=self.signals,
            chance=random.Random(7), shards=2, after_s=60,
        )  # fmt: skip

    def holds(self, side, *entries, shard=0):
        self.pending.entries[side, shard] = list(entries)

    def sweep(self, left=300.0):
        return self.sweeping.sweep(NOW, lambda: left)


@pytest.fixture
def net():
    return Net()


def test_each_side_rings_at_its_own_door(net):
    net.holds(Direction.INBOUND, Waiting(ANA, KEYS[0], unfinished=True))
    net.holds(Direction.OUTBOUND, Waiting(LUZ, KEYS[1], unfinished=True), shard=1)

    assert net.sweep() == 2
    assert net.bells == [
        Doorbell(BellKind.INBOX, ANA, KEYS[0]),
        Doorbell(BellKind.OUTBOX, LUZ, KEYS[1]),
    ]


def test_only_what_is_older_than_a_minute_is_asked_for(net):
    net.sweep()

    assert set(net.pending.asked) == {NOW - timedelta(seconds=60)}


def test_many_messages_of_one_contact_are_one_ring_for_the_oldest(net):
    net.holds(
        Direction.INBOUND,
        Waiting(ANA, KEYS[2], unfinished=True),
        Waiting(ANA, KEYS[1], unfinished=True),
        Waiting(ANA, KEYS[3], unfinished=True),
    )

    net.sweep()

    assert net.bells == [Doorbell(BellKind.INBOX, ANA, KEYS[1])]


def test_what_is_finished_is_not_rung_for_but_taken_out_of_the_index(net):
    net.holds(Direction.OUTBOUND, Waiting(ANA, KEYS[0], unfinished=False))

    assert net.sweep() == 0
    assert net.bells == []
    assert net.pending.cleared == [(KEYS[0], Direction.OUTBOUND)]


def test_a_queue_that_fails_for_one_does_not_stop_the_others(net):
    net.bells.broken_for = ANA
    net.holds(
        Direction.INBOUND,
        Waiting(ANA, KEYS[0], unfinished=True),
        Waiting(LUZ, KEYS[1], unfinished=True),
    )

    assert net.sweep() == 1
    assert Signal.DOORBELL_FAILED in net.signals.names()


def test_without_time_the_rest_is_left_to_the_next_run(net):
    net.holds(Direction.INBOUND, Waiting(ANA, KEYS[0], unfinished=True))

    assert net.sweep(left=9.0) == 0


def a_crowd(people):
    return [Waiting(ContactId(f"{n:026}"), KEYS[0], unfinished=True) for n in range(people)]


def test_one_run_rings_for_a_bounded_number_of_contacts(net):
    net.holds(Direction.INBOUND, *a_crowd(1500))

    assert net.sweep() == 1000


@pytest.mark.parametrize(("waits", "rung"), [(0, 1000), (600, 900), (1498, 5), (23_000, 5)])
def test_where_doorbells_wait_already_only_those_that_are_missing_are_rung(net, waits, rung):
    net.backlog.waits = waits
    net.holds(Direction.OUTBOUND, *a_crowd(1500))

    assert net.sweep() == rung


def test_a_few_are_rung_for_without_asking_how_full_the_queue_is(net):
    net.backlog.waits = 23_000
    net.holds(Direction.INBOUND, *a_crowd(5))

    assert net.sweep() == 5


def test_where_nobody_can_say_how_full_the_queue_is_it_is_rung(net):
    net.backlog.broken = True
    net.holds(Direction.OUTBOUND, *a_crowd(60))

    assert net.sweep() == 60
