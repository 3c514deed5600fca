"""Who writes more than a person does is held for a moment, or not asked any more."""

from datetime import timedelta

from connector.dialogue import words
from connector.dialogue.policy import DialoguePolicy
from conversation.dead_letters import FLOOD
from conversation.floods import FloodLimits
from conversation.messages import InboundState, Notice
from conversation.state import Status
from tests.unit.connector.dialogue.world import START, World


def a_world(*, asked_lately=(), **limits):
    policy = DialoguePolicy(debounce_s=0.0, floods=FloodLimits(**limits))
    return World(policy, asked_lately=asked_lately)


def exchange(world, text, number):
    """A machine at the other end: it writes as soon as it is answered."""
    world.person_writes(text)
    if world.dialogue.session is None and world.of(words.WantOpen):
        world.session_opens()
    world.time_passes(1)
    if world.dialogue.busy:
        world.agent_says(f"sí, {text}", event_id=number)


def test_what_comes_too_fast_waits_and_is_asked_as_one_turn_when_its_time_comes():
    world = a_world(a_minute=2)
    for number, text in enumerate(("uno", "dos", "tres", "cuatro"), 1):
        exchange(world, text, number)
    assert world.asked() == ["uno", "dos"]
    assert world.states()[2:] == [InboundState.NEW] * 2

    world.time_passes(60)

    assert world.asked() == ["uno", "dos", "tres\ncuatro"]
    assert world.of(words.SetAside) == []


def test_two_machines_that_answer_each_other_come_to_rest():
    world = a_world(an_hour=5)
    for number in range(1, 40):
        exchange(world, f"respuesta {number}", number)

    assert len(world.asked()) == 5
    assert set(world.states()[5:]) == {InboundState.FAILED}


def test_the_person_is_told_once_and_the_operators_see_it():
    world = a_world(an_hour=1)
    for number in range(1, 5):
        exchange(world, "hola", number)

    asides = world.of(words.SetAside)
    assert [aside.notice for aside in asides] == [Notice.FLOOD, None, None]
    assert {(a.reason, a.status, a.state) for a in asides} == {
        (FLOOD, Status.NEEDS_ATTENTION, InboundState.FAILED)
    }


def test_after_the_hour_the_person_is_answered_again():
    world = a_world(an_hour=1)
    exchange(world, "uno", 1)
    exchange(world, "dos", 2)
    world.time_passes(3600)

    exchange(world, "tres", 3)

    assert world.asked() == ["uno", "tres"]


def test_a_new_owner_counts_on_from_the_table():
    lately = tuple(START - timedelta(seconds=s) for s in (40, 30))
    world = a_world(a_minute=2, asked_lately=lately)

    exchange(world, "hola", 1)
    assert world.asked() == []
    assert world.of(words.WantOpen) == []

    world.time_passes(20)
    assert len(world.of(words.WantOpen)) == 1


def test_what_is_counted_is_stored_with_the_turn_and_a_turn_asked_again_counts_once():
    world = a_world(an_hour=5)
    world.person_writes("hola")
    world.session_opens()
    world.time_passes(1)
    world.socket_is_lost()
    world.time_passes(5)
    world.session_opens("conv_2")
    world.time_passes(1)

    asks = world.of(words.StoreAsk)
    assert len(asks) == 2
    assert [len(ask.known.asked_lately) for ask in asks] == [1, 1]
