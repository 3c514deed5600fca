"""Connectors that take, renew, pause and die over the real table of leases.

Each has a clock of its own that stands still while it is paused. The law: nobody serves a shard
that another serves, and epochs never go back.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connector.keeper import Keeper
from conversation.adapters.tables.leases import FLEET, LeaseTable
from conversation.errors import Transient
from conversation.signals import Recorded
from tests.integration.machines.ground import ground

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TTL_S, TICK_S, SHARDS = 8.0, 2.0, 3
WHO = st.integers(0, 2)
GROUND = None


class Unsteady:
    """The table, which may fail before a write, or lose its acknowledgement after it."""

    def __init__(self, table):
        self._table = table
        self.fails = None
        self.between = None

    def __getattr__(self, name):
        act = getattr(self._table, name)
        if not callable(act):
            return act

        def unsteady(*words):
            if name in {"take", "renew", "give"} and self.between:
                other, self.between = self.between, None
                other()
            how, self.fails = self.fails, None
            if how == "before":
                raise Transient("no", reason="table_busy")
            result = act(*words)
            if how == "after":
                raise Transient("lost", reason="table_busy")
            return result

        return unsteady


class Process:
    """A keeper with what it serves, and until when by its own clock."""

    def __init__(self, name, town):
        self.town = town
        self.serves = {}
        self.table = Unsteady(LeaseTable(GROUND.tables, shards=SHARDS))
        self.dead = False
        self.keeper = Keeper(
            self.table, self, worker=name, ttl_s=TTL_S, tick_s=TICK_S,
            clock=lambda: town.s, now=lambda: NOW, signals=Recorded(),
        )  # fmt: skip

    # what the keeper tells

    def hold(self, owner, until):
        self.serves[owner.shard] = (owner, until)
        self.town.saw(owner)

    def give(self, shard):
        self.serves.pop(shard, None)
        return True

    def lose(self, shard):
        self.serves.pop(shard, None)

    def open_turns(self):
        return 0

    def heed_drainers(self, others_drain):
        pass

    def served(self):
        return {
            shard: owner
            for shard, (owner, until) in self.serves.items()
            if not self.dead and self.town.s < until
        }


class Leases(RuleBasedStateMachine):
    """A pass of a keeper is one step: two never overlap within one, but they come in any order."""

    names = itertools.count()

    def __init__(self):
        super().__init__()
        self.s = 0.0
        self.epochs = {}
        self.processes = []

    @initialize()
    def a_deployment_begins(self):
        for item in GROUND.tables.leases.query(FLEET):
            item.delete()
        LeaseTable(GROUND.tables, shards=SHARDS).found()
        self.processes = [self._new() for _ in range(3)]

    def _new(self):
        return Process(f"w{next(self.names)}", self)

    def saw(self, owner):
        """An epoch belongs to one shard and one owner, and a shard's only rise."""
        assert owner.epoch >= self.epochs.get(owner.shard, 0)
        self.epochs[owner.shard] = owner.epoch

    @rule(who=WHO)
    def makes_a_pass(self, who):
        if not self.processes[who].dead:
            self.processes[who].keeper.tick()

    @rule(who=WHO)
    def looks(self, who):
        if not self.processes[who].dead:
            self.processes[who].keeper.step()

    @rule(who=WHO, how=st.sampled_from(["before", "after"]))
    def the_next_write_fails(self, who, how):
        self.processes[who].table.fails = how

    @rule(who=WHO, other=WHO)
    def another_passes_between_what_it_reads_and_what_it_writes(self, who, other):
        if who != other:
            self.processes[who].table.between = self.processes[other].keeper.tick
            self.processes[who].keeper.tick()
            self.processes[who].table.between = None

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0, 9.0]))
    def time_passes(self, seconds):
        self.s += seconds

    @rule(who=WHO)
    def is_killed_and_another_starts(self, who):
        self.processes[who].dead = True
        self.processes[who] = self._new()

    @rule(who=WHO)
    def leaves_in_good_order(self, who):
        keeper = self.processes[who].keeper
        keeper.leave()
        keeper.step()
        self.s += keeper.announced_s
        keeper.step()
        self.processes[who] = self._new()

    @rule()
    def all_is_calm_for_a_while(self):
        """Then every shard is served, by somebody, and by one."""
        for _ in range(7):
            self.s += 2.0
            for process in self.processes:
                process.table.fails = None
                process.keeper.tick()
        served = [shard for process in self.processes for shard in process.served()]
        assert sorted(served) == list(range(SHARDS))

    @invariant()
    def no_shard_is_served_by_two(self):
        served = [shard for process in self.processes for shard in process.served()]
        assert len(served) == len(set(served))

    @invariant()
    def no_two_shards_have_one_epoch(self):
        epochs = [owner.epoch for p in self.processes for owner in p.served().values()]
        assert len(epochs) == len(set(epochs))


@pytest.fixture(scope="module")
def _ground():
    global GROUND
    with ground() as GROUND:
        yield


@pytest.mark.usefixtures("aws_environment", "_ground")
def test_a_shard_has_one_owner_whatever_happens_to_the_connectors():
    Leases.TestCase.settings = settings(max_examples=10, stateful_step_count=20, derandomize=True)
    Leases.TestCase().runTest()
