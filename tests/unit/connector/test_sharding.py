"""Who should hold which shard."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.keeper import ASTIR_S, MARGIN, Keeper
from connector.sharding import astir, drainers, look, next_expiry, plan
from conversation.errors import Transient
from conversation.leases import Fleet, Lease, Worker
from conversation.signals import Recorded

TTL_S = 8.0


def a_fleet(*owners, workers=()):
    """Leases of these owners; a worker is named by its letter, and so are those without any."""
    leases = tuple(
        Lease(shard, owner, epoch=shard + 1, counter=1) if owner else Lease(shard)
        for shard, owner in enumerate(owners)
    )
    names = dict.fromkeys([*(owner for owner in owners if owner), *workers])
    return Fleet(leases, tuple(Worker(name, 1) for name in names))


def shards(leases):
    return [lease.shard for lease in leases]


def decide(me, fleet, *, seen_at=0.0, now=1.0, **kwargs):
    """The plan of one who has seen every worker move."""
    before = replace(fleet, workers=tuple(replace(w, counter=0) for w in fleet.workers))
    seen = look(look({}, before, seen_at), fleet, seen_at)
    return plan(me, fleet, seen, now, ttl_s=TTL_S, **kwargs)


def test_a_lonely_worker_takes_all_at_once():
    assert shards(decide("a", a_fleet(None, None, None, None)).take) == [0, 1, 2, 3]


def test_free_shards_are_dealt_without_a_race():
    fleet = a_fleet(None, None, None, None, workers=("a", "b"))

    taken = [shards(decide(me, fleet).take) for me in ("a", "b")]

    assert taken == [[0, 2], [1, 3]]


def test_a_lease_is_not_expired_before_its_time_to_live():
    fleet = a_fleet("b", "b")

    assert decide("a", fleet, seen_at=0, now=7.9).take == ()


def test_expired_leases_are_all_taken_at_once():
    fleet = a_fleet("b", "b", "a")

    assert shards(decide("a", fleet, seen_at=0, now=8.0).take) == [0, 1]


def test_a_counter_that_moves_keeps_a_lease_alive():
    fleet = a_fleet("b")
    seen = look({}, fleet, 0)
    moved = Fleet((replace(fleet.leases[0], counter=2),), fleet.workers)

    seen = look(seen, moved, 7.0)

    assert plan("a", moved, seen, 9.0, ttl_s=TTL_S).take == ()


def test_an_expired_lease_is_not_dealt_to_one_who_came_too_lately_to_see_it_expire():
    seen = look({}, a_fleet("b", "a"), 0.0)
    for now in (5.0, 6.0):  # the newcomer is seen, and seen to move
        moving = Worker("new", int(now))
        seen = look(seen, replace(a_fleet("b", "a"), workers=(Worker("a", 1), moving)), now)
    fleet = Fleet(a_fleet("b", "a").leases, (Worker("a", 1), moving))

    todo = plan("a", fleet, seen, 8.0, ttl_s=TTL_S)

    assert shards(todo.take) == [0]


def test_an_unowned_lease_is_dealt_to_a_newcomer_at_once():
    fleet = a_fleet(None, "a", workers=("new",))

    assert decide("a", fleet).take == ()
    assert shards(decide("new", fleet).take) == [0]


def test_the_next_pass_is_made_when_the_lease_of_another_may_expire():
    fleet = a_fleet("b", "a", None)
    seen = look({}, fleet, 3.0)

    assert next_expiry("a", fleet, seen, ttl_s=TTL_S) == 11.0
    assert (
        next_expiry("a", a_fleet("a", None), look({}, a_fleet("a", None), 3.0), ttl_s=TTL_S) is None
    )


def test_a_keeper_looks_again_when_anothers_lease_may_expire_and_hurries_no_more_after_that():
    table, clock = OneLease(Lease(0, "b", epoch=1, counter=1)), Ticking()
    keeper = Keeper(
        table, table, worker="a", ttl_s=TTL_S, tick_s=2.0, clock=clock, now=lambda: None,
        signals=Recorded(),
    )  # fmt: skip

    pauses = []
    for at in (0.0, 6.0, 7.5, 7.95, 8.5):
        clock.at = at
        keeper.tick()
        pauses.append(round(keeper.pause_s, 3))

    assert pauses == [2.0, 2.0, 0.5, 0.1, 2.0]


class Ticking:
    at = 0.0

    def __call__(self):
        return self.at


class OneLease:
    """A table with another's lease, which nobody can take, and a holder that holds nothing."""

    def __init__(self, lease):
        self._fleet = Fleet((lease,), (Worker("a", 1),))

    def read(self, now):
        return self._fleet

    def beat(self, worker, now):
        pass

    def take(self, lease, worker):
        return None

    def heed_drainers(self, others_drain):
        pass

    def open_turns(self):
        return 0


def test_whoever_holds_the_most_gives_one_a_pass():
    todo = decide("a", a_fleet("a", "a", "a", "a", workers=("b",)))

    assert shards(todo.give) == [0]
    assert shards(todo.renew) == [1, 2, 3]


def test_what_was_taken_last_is_not_handed_on_while_its_people_wait():
    fleet = a_fleet("a", "a", "a", workers=("b",))
    taken_over = replace(fleet.leases[0], epoch=40)
    fleet = replace(fleet, leases=(taken_over, *fleet.leases[1:]))

    todo = decide("a", fleet)

    assert shards(todo.give) == [1]
    assert shards(todo.renew) == [0, 2]


def test_nothing_moves_where_the_difference_is_one():
    assert decide("a", a_fleet("a", "a", "b")).give == ()


def test_whoever_leaves_gives_everything_and_takes_nothing():
    todo = decide("a", a_fleet("a", None, "a"), leaving=True)

    assert (shards(todo.give), todo.take, todo.renew) == ([0, 2], (), ())


def test_whoever_leaves_serves_on_until_the_others_have_had_time_to_see_it():
    fleet = a_fleet("a", "b")

    assert shards(decide("a", fleet, leaving=True, announced=False).renew) == [0]
    assert shards(decide("a", fleet, leaving=True, announced=True).give) == [0]


def test_nobody_who_leaves_waits_for_others_who_leave_too_or_are_dead():
    fleet = a_fleet("a")
    leaver = Worker("b", 1, leaving=True)
    long_dead = {"seen_at": 0, "now": TTL_S}

    alone = [
        decide("a", fleet, leaving=True, announced=False),
        decide("a", Fleet(fleet.leases, (leaver,)), leaving=True, announced=False),
        decide("a", a_fleet("a", workers=("b",)), leaving=True, announced=False, **long_dead),
    ]

    assert [shards(todo.give) for todo in alone] == [[0], [0], [0]]


def is_astir(me, fleet, *, now=1.0):
    before = replace(fleet, workers=tuple(replace(w, counter=0) for w in fleet.workers))
    return astir(me, fleet, look(look({}, before, 0), fleet, 0), now, ttl_s=TTL_S)


def test_one_looks_closer_while_a_shard_is_free_or_about_to_be():
    fleet = a_fleet("a", "b")
    leaver = Worker("b", 1, leaving=True)

    assert not is_astir("a", fleet)
    assert is_astir("a", a_fleet("a", None))
    assert is_astir("a", Fleet(fleet.leases, (leaver,)))
    assert not is_astir("a", Fleet(a_fleet("a", "a").leases, (leaver,)))
    assert not is_astir("a", Fleet(fleet.leases, (leaver,)), now=TTL_S)


def test_whoever_is_to_be_given_a_shard_looks_closer_and_the_giver_does_not():
    fleet = a_fleet("a", "a", "b", workers=("new",))

    assert [is_astir(me, fleet) for me in ("a", "b", "new")] == [False, False, True]


def test_who_leaves_gets_no_part():
    fleet = a_fleet(None, None, workers=("a",))
    leaver = Worker("b", 1, leaving=True)

    todo = decide("a", replace(fleet, workers=(*fleet.workers, leaver)))

    assert shards(todo.take) == [0, 1]


def test_nothing_is_dealt_to_one_who_may_have_been_dead_for_long():
    fleet = a_fleet(None, None, workers=("a", "b"))

    todo = plan("a", fleet, look({}, fleet, 0), 1, ttl_s=TTL_S)

    assert shards(todo.take) == [0, 1]


def test_a_drainer_is_seen_while_it_lives():
    fleet = Fleet((Lease(0),), (Worker("b", 1, draining=True),))
    seen = look({}, fleet, 0)

    assert drainers("a", fleet, seen, since=-1)
    assert not drainers("a", fleet, seen, since=0)
    assert not drainers("b", fleet, seen, since=-1)


class SharedTable:
    """The table of leases, as all workers see it; acknowledgements may be lost."""

    def __init__(self, shards, chance):
        self.leases = {shard: Lease(shard) for shard in range(shards)}
        self.workers = {}
        self.epoch = 0
        self.chance = chance
        self.losing = 0.0

    def _acknowledge(self, result):
        if self.chance.random() < self.losing:
            raise Transient("the answer was lost", reason="table_busy")
        return result

    def read(self, _now):
        return self._acknowledge(Fleet(tuple(self.leases.values()), tuple(self.workers.values())))

    def beat(self, worker, _now):
        self.workers[worker.worker] = worker
        self._acknowledge(None)

    def sign_off(self, worker):
        self.workers.pop(worker, None)

    def take(self, lease, worker):
        self.epoch += 1
        if self.leases[lease.shard] != lease:
            return self._acknowledge(None)
        taken = Lease(lease.shard, worker, self.epoch, lease.counter + 1)
        self.leases[lease.shard] = taken
        return self._acknowledge(taken)

    def renew(self, lease):
        now = self.leases[lease.shard]
        if (now.owner, now.epoch) != (lease.owner, lease.epoch):
            return self._acknowledge(None)
        self.leases[lease.shard] = renewed = replace(now, counter=now.counter + 1)
        return self._acknowledge(renewed)

    def give(self, lease):
        now = self.leases[lease.shard]
        if (now.owner, now.epoch) == (lease.owner, lease.epoch):
            self.leases[lease.shard] = replace(now, owner=None, counter=now.counter + 1)
        self._acknowledge(None)


class Serving:
    """What one worker believes it may serve, and until when."""

    def __init__(self):
        self.until = {}
        self.epochs = {}

    def hold(self, owner, until):
        self.until[owner.shard] = until
        self.epochs[owner.shard] = owner.epoch

    def give(self, shard):
        self.until.pop(shard, None)
        return True

    def lose(self, shard):
        self.until.pop(shard, None)

    def open_turns(self):
        return 0

    def heed_drainers(self, others_drain):
        pass

    def serves(self, shard, now):
        return self.until.get(shard, -1) > now


class Town:
    """Several workers around one table, each with a clock that only they read."""

    def __init__(self, workers, shards, seed):
        self.now = 0.0
        self.due = {}
        self.shards = shards
        self.chance = random.Random(seed)
        self.table = SharedTable(shards, self.chance)
        self.serving = [Serving() for _ in range(workers)]
        self.signals = Recorded()
        self.keepers = [self.a_keeper(n, serving) for n, serving in enumerate(self.serving)]

    def a_keeper(self, number, serving):
        return Keeper(
            self.table, serving, worker=f"w{number}", ttl_s=TTL_S, tick_s=2,
            clock=lambda: self.now + 1000 * number, now=lambda: None, signals=self.signals,
        )  # fmt: skip

    def serves(self, number, shard):
        return self.serving[number].serves(shard, self.now + 1000 * number)

    def owners(self, shard):
        return [n for n in range(len(self.keepers)) if self.serves(n, shard)]

    def joins(self):
        """One more worker comes. Its number."""
        number = len(self.keepers)
        self.serving.append(Serving())
        self.keepers.append(self.a_keeper(number, self.serving[-1]))
        self.due[number] = self.now
        return number

    def leaves(self, number):
        """It is told to, and its keeper wakes up."""
        self.keepers[number].leave()
        self.due[number] = self.now

    def live(self, seconds):
        """Let all who have joined look when they want to. The longest time a shard was nobody's."""
        end, longest, nobodys = self.now + seconds, 0.0, {}
        while (n := min(self.due, key=self.due.get)) is not None and self.due[n] < end:
            self.now = self.due[n]
            self.keepers[n].step()
            self.due[n] = self.now + self.keepers[n].pause_s * self.chance.uniform(1, 1.1)
            for shard in range(self.shards):
                owners = self.owners(shard)
                assert len(owners) <= 1
                longest = max(longest, self.now - nobodys.setdefault(shard, self.now))
                if owners:
                    del nobodys[shard]
        self.now = end
        return longest

    def run(self, number, seconds):
        """Let the workers that are in ``number`` tick as they do for so long."""
        end = self.now + seconds
        due = {n: self.now + self.chance.uniform(0, 2) for n in number}
        while due and (n := min(due, key=due.get)) is not None and due[n] < end:
            self.now = due[n]
            self.keepers[n].tick()
            due[n] += self.chance.uniform(1.8, 2.3)
            yield
        self.now = end


@settings(max_examples=60)
@given(
    workers=st.integers(1, 4),
    shards=st.integers(1, 6),
    seed=st.integers(0, 10_000),
    losing=st.sampled_from([0.0, 0.2]),
    phases=st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=5),
)
def test_no_two_workers_ever_serve_one_shard(workers, shards, seed, losing, phases):
    town = Town(workers, shards, seed)
    town.table.losing = losing

    for alive in phases:
        for _ in town.run({n % workers for n in alive}, 30):
            assert all(len(town.owners(shard)) <= 1 for shard in range(shards))

    epochs = [lease.epoch for lease in town.table.leases.values() if lease.epoch]
    assert len(epochs) == len(set(epochs))


@settings(max_examples=40)
@given(workers=st.integers(1, 4), shards=st.integers(1, 6), seed=st.integers(0, 10_000))
def test_all_shards_are_soon_served_in_fair_parts(workers, shards, seed):
    town = Town(workers, shards, seed)

    for _ in town.run(range(workers), 60):
        pass

    parts = [sum(town.serves(n, shard) for shard in range(shards)) for n in range(workers)]
    assert sum(parts) == shards
    assert max(parts) - min(parts) <= 1


@settings(max_examples=40)
@given(workers=st.integers(2, 4), shards=st.integers(1, 8), seed=st.integers(0, 10_000))
def test_in_a_rolling_restart_a_shard_is_never_nobodys_for_long(workers, shards, seed):
    town = Town(0, shards, seed)
    names = [town.joins() for _ in range(workers)]
    town.live(30)

    gaps = []
    for name in names:
        town.leaves(name)
        gaps.append(town.live(6))
        del town.due[name]
        town.joins()
        gaps.append(town.live(town.chance.uniform(0, 12)))

    assert max(gaps) <= 3 * ASTIR_S


@settings(max_examples=30)
@given(workers=st.integers(2, 4), shards=st.integers(1, 6), seed=st.integers(0, 10_000))
def test_the_shards_of_a_dead_worker_are_served_again_within_ttl_and_two_ticks(
    workers, shards, seed
):
    town = Town(workers, shards, seed)
    for _ in town.run(range(workers), 40):
        pass

    for _ in town.run(range(1, workers), TTL_S + 2 * 2.3 + 2.3):
        pass

    served = [town.owners(shard) for shard in range(shards)]
    assert all(len(owners) == 1 and owners != [0] for owners in served)


def test_a_renewal_whose_acknowledgement_was_lost_is_a_success():
    town = Town(1, 1, seed=1)
    town.keepers[0].tick()
    town.table.losing = 1.0
    town.keepers[0].tick()
    town.table.losing = 0.0

    town.now += TTL_S * (1 - MARGIN) - 0.1
    town.keepers[0].tick()

    assert town.serves(0, 0)


def test_a_lease_taken_by_a_request_whose_answer_was_lost_is_adopted():
    town = Town(1, 1, seed=1)
    town.table.take(Lease(0), "w0")

    town.keepers[0].tick()

    assert town.serves(0, 0)


def test_whoever_cannot_renew_stops_serving_before_another_may_take():
    town = Town(1, 1, seed=1)
    town.keepers[0].tick()

    town.now += TTL_S * (1 - MARGIN)

    assert not town.serves(0, 0)
