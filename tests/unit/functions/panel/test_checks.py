"""What the panel can see by itself of whether it is set up well and keeps up."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.errors import Permanent, Transient
from conversation.leases import Lease
from conversation.messages import Direction
from functions.panel.checks import Check, Checking, Verdict
from functions.panel.texts import Texts

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HELD = (Lease(0, owner="c-1"), Lease(1, owner="c-1"))


class World:
    """What is looked at, and how often."""

    def __init__(self):
        self.since, self.letters, self.looks = {}, 0, 0
        self.error = None

    def oldest(self, side, shard):
        self.looks += 1
        return self.since.get((side, shard))

    def count(self):
        return self.letters

    def agent(self):
        if self.error:
            raise self.error


@pytest.fixture
def world():
    return World()


def looked(world, fleet=HELD, now=NOW, **known):
    checking = known.pop("checking", None) or checking_of(world, **known)
    return {check.name: check for check in checking.checks(fleet, now)}


def checking_of(world, *, told=True):
    return Checking(
        pending=world, dead_letters=world, agent_answers=world.agent, told=told, shards=2
    )


def test_all_is_well(world):
    assert {check.verdict for check in looked(world).values()} == {Verdict.OK}


def test_a_shard_without_a_connector_is_wrong(world):
    checks = looked(world, (Lease(0, owner="c-1"), Lease(1)))

    assert checks["connectors"] == Check("connectors", Verdict.BAD, "1 / 2")


@pytest.mark.parametrize(("seconds", "verdict"), [(119, Verdict.OK), (121, Verdict.BAD)])
def test_what_waits_too_long_is_wrong(world, seconds, verdict):
    world.since[Direction.OUTBOUND, 1] = NOW - timedelta(seconds=seconds)

    assert looked(world)["unsent"] == Check("unsent", verdict, f"{seconds} s")
    assert looked(world)["unanswered"].verdict is Verdict.OK


def test_dead_letters_and_deaf_operators_are_worth_a_look(world):
    world.letters = 3

    checks = looked(world, told=False)

    assert checks["dead_letters"] == Check("dead_letters", Verdict.WARN, "3")
    assert checks["notices"].verdict is Verdict.WARN


@pytest.mark.parametrize(
    "error", [Permanent("no", reason="unauthorized"), Transient("no", reason="timeout")]
)
def test_what_does_not_answer_is_wrong_with_its_reason(world, error):
    world.error = error

    assert looked(world)["agent"] == Check("agent", Verdict.BAD, error.reason)


def test_answers_are_kept_for_half_a_minute_but_the_leases_are_not(world):
    checking = checking_of(world)

    looked(world, checking=checking)
    before = world.looks
    checks = looked(world, (Lease(0),), NOW + timedelta(seconds=29), checking=checking)
    assert (world.looks, checks["connectors"].verdict) == (before, Verdict.BAD)

    looked(world, now=NOW + timedelta(seconds=31), checking=checking)
    assert world.looks == 2 * before


def test_every_check_has_its_name_and_its_remedy(world):
    for name in looked(world):
        assert Texts().knows(f"check.{name}")
        assert Texts().knows(f"check.{name}.remedy")
