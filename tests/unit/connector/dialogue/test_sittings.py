"""How much of the agent one sitting may take."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.dialogue import words
from connector.dialogue.policy import DialoguePolicy
from connector.dialogue.sittings import SITTING_OVER
from connector.session.closing import NO_ROOM
from conversation.messages import InboundState, Notice
from conversation.sitting import Sitting, SittingLimits
from conversation.state import Status
from tests.unit.connector.dialogue.world import START, World

DAY_S = 24 * 3600


def a_world(**limits):
    known = {name: limits.pop(name) for name in ("sitting", "context_version") if name in limits}
    return World(DialoguePolicy(debounce_s=0.0, sitting=SittingLimits(**limits)), **known)


def exchange(world, text, number):
    world.person_writes(text)
    if world.dialogue.session is None and world.of(words.WantOpen):
        world.session_opens(f"conv_{number}")
    world.time_passes(1)
    if world.dialogue.busy:
        world.agent_says(f"sí, {text}", event_id=number)


def farewells(world):
    return [aside.notice for aside in world.of(words.SetAside)]


def test_without_limits_nothing_ends():
    world = a_world()
    for number in range(1, 6):
        exchange(world, "hola", number)

    assert len(world.asked()) == 5
    assert farewells(world) == []


def test_after_the_last_turn_a_farewell_is_said_once_and_nothing_is_asked():
    world = a_world(turns=2)
    for number, text in enumerate(("uno", "dos", "tres", "cuatro"), 1):
        exchange(world, text, number)

    assert world.asked() == ["uno", "dos"]
    assert farewells(world) == [Notice.FAREWELL, None]
    assert world.states()[2:] == [InboundState.FAILED] * 2
    (first, _) = world.of(words.SetAside)
    assert (first.reason, first.status) == (SITTING_OVER, Status.CLOSED)


def test_the_time_of_a_sitting_counts_from_its_first_turn():
    world = a_world(seconds=3600)
    exchange(world, "uno", 1)
    world.time_passes(3000)
    exchange(world, "dos", 2)
    world.clear()
    world.time_passes(700)

    exchange(world, "tres", 3)

    assert world.asked() == []
    assert farewells(world) == [Notice.FAREWELL]


def test_each_turn_is_counted_in_what_is_stored_with_it():
    world = a_world()
    exchange(world, "uno", 1)
    exchange(world, "dos", 2)

    turns = [ask.known.sitting.turns for ask in world.of(words.StoreAsk)]
    assert turns == [1, 2]


def test_a_turn_that_is_asked_again_is_counted_once_and_never_cut():
    world = a_world(turns=1)
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(1)
    world.socket_is_lost(1011)
    world.time_passes(60)
    world.session_opens("conv_2")
    world.time_passes(1)

    asks = world.of(words.StoreAsk)
    assert [ask.known.sitting.turns for ask in asks] == [1, 1]
    assert world.asked() == ["hola", "hola"]


@pytest.mark.parametrize(
    ("version", "rested_s", "goes_on"),
    [(0, 60, True), (0, DAY_S, False), (1, 60, False)],
    ids=["soon", "a day's rest", "a new call"],
)
def test_what_the_table_knows_counts_until_a_days_rest_or_a_new_call(version, rested_s, goes_on):
    last = START - timedelta(seconds=rested_s)
    before = Sitting(last - timedelta(hours=1), last, turns=2, version=0)
    world = a_world(turns=2, sitting=before, context_version=version)

    exchange(world, "hola", 1)

    assert farewells(world) == ([Notice.FAREWELL] if goes_on else [])
    assert world.asked() == ([] if goes_on else ["hola"])


def test_a_farewell_that_another_owner_said_is_not_said_again():
    sitting = Sitting(START, START, turns=9, version=0)
    world = a_world(turns=2, sitting=sitting)
    world.state = replace(world.state, reason=SITTING_OVER)

    exchange(world, "hola", 1)

    assert farewells(world) == [None]


def test_an_opening_that_was_refused_ahead_of_time_delays_nobody():
    world = a_world(context_version=1)
    world.opener_goes_out()
    wanted = world.of(words.WantOpen)
    assert [want.eager for want in wanted] == [True]

    world.tell(words.MayNotOpen(NO_ROOM))
    assert world.of(words.StoreClosed) == []
    world.person_writes("hola")

    assert [want.eager for want in world.of(words.WantOpen)] == [True, False]
