"""Leases, workers and the deployment, in the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.leases import LeaseTable, deployed_shards
from conversation.errors import MisconfiguredError
from conversation.leases import Lease, Worker

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def leases(tables):
    table = LeaseTable(tables, shards=2)
    table.found()
    return table


def the_lease(leases, shard=0):
    return leases.read(NOW).leases[shard]


def test_a_shard_that_nobody_ever_held_is_free(leases):
    assert leases.read(NOW).leases == (Lease(0), Lease(1))


def test_taking_gives_an_epoch_that_no_lease_had_before(leases):
    first = leases.take(the_lease(leases, 0), "a")
    second = leases.take(the_lease(leases, 1), "a")
    third = leases.take(second, "b")

    assert [first.epoch, second.epoch, third.epoch] == [1, 2, 3]
    assert the_lease(leases, 1) == third


def test_a_lease_that_moved_meanwhile_cannot_be_taken(leases):
    seen = the_lease(leases)
    leases.take(seen, "a")

    assert leases.take(seen, "b") is None
    assert the_lease(leases).owner == "a"


def test_a_lease_that_was_renewed_meanwhile_cannot_be_taken(leases):
    held = leases.take(the_lease(leases), "a")
    leases.renew(held)

    assert leases.take(held, "b") is None


def test_renewing_moves_the_counter_also_when_it_is_repeated(leases):
    held = leases.take(the_lease(leases), "a")

    assert leases.renew(held) == leases.renew(held) == the_lease(leases)
    assert the_lease(leases).counter == held.counter + 1


def test_whoever_was_robbed_learns_it_at_the_next_renewal(leases):
    held = leases.take(the_lease(leases), "a")
    leases.take(held, "b")

    assert leases.renew(held) is None


def test_a_lease_given_away_can_be_taken_again(leases):
    leases.give(leases.take(the_lease(leases), "a"))
    free = the_lease(leases)

    taken = leases.take(free, "b")

    assert free.owner is None
    assert (taken.owner, taken.epoch) == ("b", 2)


def test_giving_what_another_took_changes_nothing(leases):
    held = leases.take(the_lease(leases), "a")
    taken = leases.take(held, "b")

    leases.give(held)

    assert the_lease(leases) == taken


def test_workers_are_seen_as_they_show_themselves(leases):
    worker = Worker("a", counter=3, draining=True, leaving=True)
    leases.beat(worker, NOW)

    assert leases.read(NOW).workers == (worker,)


def test_workers_that_are_long_silent_or_signed_off_are_forgotten(leases):
    leases.beat(Worker("a", 1), NOW - timedelta(minutes=2))
    leases.beat(Worker("b", 1), NOW)
    leases.sign_off("b")

    assert leases.read(NOW).workers == ()


def test_a_second_connector_joins_the_same_deployment(leases, tables):
    LeaseTable(tables, shards=2).found()

    assert deployed_shards(tables) == 2


def test_another_number_of_shards_is_refused_with_the_remedy(leases, tables):
    with pytest.raises(MisconfiguredError, match="this deployment has 2 shards"):
        LeaseTable(tables, shards=3).found()


def test_joining_again_does_not_set_the_epochs_back(leases, tables):
    leases.take(the_lease(leases), "a")

    LeaseTable(tables, shards=2).found()

    assert leases.take(the_lease(leases, 1), "a").epoch == 2


def test_before_the_first_connector_there_are_no_shards(tables):
    assert deployed_shards(tables) == 0
