"""Ten thousand people, monitors that overlap and are killed, and days that are used up."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from conversation.pacing import DailyPace
from functions.batch_monitor.watch import RESERVE_S
from tests.unit.conversation.test_pacing import Ledger
from tests.workspace import Deployment, Workspace, one

SIXTY_S = 60.0


class Killed(BaseException):
    """The process is gone: nothing of ours may catch it."""


class Restless(Deployment):
    """Each look takes time; at some of them another tick begins, or this one is killed."""

    def __init__(self, workspace, *, seed, kills, per_look_s):
        super().__init__(workspace)
        self.chance = random.Random(seed)
        self.kills = kills
        self.per_look_s = per_look_s
        self.running = 0
        self.ticks = 0
        self.mix = self.chance.shuffle
        begin, record = self.starts.begin, self.decisions.record
        self.starts.begin = lambda start: self._around(begin, start)
        self.decisions.record = lambda *words: self._around(record, *words)

    def _around(self, act, *words):
        """Killed before or after the write; another monitor comes in between."""
        self._perhaps_die()
        if self.running < 3 and self.chance.random() < 0.002:
            self.overlapping_tick()
        result = act(*words)
        self._perhaps_die()
        return result

    def _perhaps_die(self):
        if self.kills and self.chance.random() < 0.0005:
            self.kills -= 1
            raise Killed

    def overlapping_tick(self):
        left = SIXTY_S

        def time_left():
            nonlocal left
            left -= self.per_look_s
            return left

        self.running += 1
        self.ticks += 1
        try:
            self.tick(time_left)
        except Killed:
            pass
        finally:
            self.running -= 1


@pytest.mark.parametrize("seed", [1, 2])
def test_each_of_a_crowd_is_started_once_over_overlapping_and_killed_monitors(seed):
    crowd = 2_000
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(crowd)))
    deployment = Restless(workspace, seed=seed, kills=10, per_look_s=0.1)

    while len(deployment.decisions.told()) < crowd:
        deployment.overlapping_tick()
        assert deployment.ticks < 200, "it does not come to an end"
    assert len(deployment.openers) == crowd
    assert len({opener.contact_id for opener in deployment.openers}) == crowd
    assert {told for told, _ in deployment.decisions.told().values()} == {"started"}
    in_time = (SIXTY_S - RESERVE_S) / deployment.per_look_s
    assert deployment.ticks > crowd / in_time, f"one tick has time for {in_time} of them"


def test_a_crowd_beyond_the_tier_is_written_to_over_days_and_the_provider_is_left_in_peace():
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(25)))
    deployment = Deployment(workspace, OPENER_MAX_AGE_H="720")
    pace = DailyPace(Ledger(), 10, lambda: deployment.now)

    deployment.tick(pace=pace)
    assert len(deployment.openers) == 10
    deployment.tick(pace=pace)
    assert workspace.asked == ["batches"]

    for day in (1, 2):
        deployment.now += timedelta(hours=25)
        deployment.tick(pace=pace)
        assert len(deployment.openers) == min(25, 10 * (day + 1))
    assert deployment.decisions.batch_marks["btcal_1"].undecided == 0


def test_monitors_that_overlap_begin_with_different_people():
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(4)))
    deployment = Deployment(workspace)
    deployment.mix = list.reverse

    deployment.tick()

    assert workspace.asked[2:] == ["conv_3", "conv_2", "conv_1", "conv_0"]
