"""Calls and batches by a clock of our own: nothing here waits."""

from contextlib import ExitStack
from dataclasses import replace
from random import Random

import pytest

from infra.local.elevenlabs.agents import DEFAULT_AGENTS
from infra.local.elevenlabs.batches import detail
from infra.local.elevenlabs.call_phases import ENDINGS, NEXT, Outcome, Phase
from infra.local.elevenlabs.ids import Ids
from infra.local.elevenlabs.settings import SimulatorSettings
from infra.local.elevenlabs.simulator import Simulator

AGENT = DEFAULT_AGENTS[0]
START = 1_800_000_000.0
SETTINGS = SimulatorSettings(api_key="k", call_seconds=10, processing_seconds=5, calls_at_once=2)
FACT = {"dynamic_variables": {"fact": "pedido 7431", "name": "Ana"}}
INITIATION = {"conversation_initiation_client_data": FACT}


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


class World:
    """A simulator whose time is moved by hand."""

    def __init__(self, folder=None, settings=SETTINGS):
        self.clock = Clock()
        self.told = []
        self.sim = Simulator(settings, folder=folder, ids=Ids(Random(1)), clock=self.clock)
        self.sim.webhooks.tell = lambda conversation, *_: self.told.append(
            conversation["conversation_id"]
        )

    def submit(self, *numbers, **fields):
        recipients = [
            {"phone_number": number, "conversation_initiation_client_data": FACT}
            for number in numbers
        ]
        request = {"call_name": "c", "agent_id": AGENT.agent_id, "recipients": recipients, **fields}
        return self.sim.batches.submit(request, AGENT, self.sim.settings, self.clock())

    def passes(self, seconds, step=0.1):
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.clock.now += step
            self.sim.tick()

    def conversation(self, batch, n=0):
        return self.sim.store.get("conversation", batch["recipients"][n]["conversation_id"])


@pytest.fixture
def a_world():
    """Builds worlds, and closes their stores whatever happens: from Python 3.13 on it tells."""
    with ExitStack() as ends:

        def built(*args, **options):
            world = World(*args, **options)
            ends.callback(world.sim.store.close)
            return world

        yield built


@pytest.fixture
def world(a_world):
    return a_world()


def states(batch):
    return [recipient["status"] for recipient in batch["recipients"]]


def test_a_call_goes_through_every_phase_in_order(world):
    seen = []
    batch = world.submit("+1")

    for _ in range(200):
        call = world.sim.store.all("call")[0]
        seen.extend([call["phase"]] if call["phase"] not in seen else [])
        world.passes(0.1)

    assert seen == list(Phase)
    assert (batch["status"], states(batch)) == ("completed", ["completed"])


def test_a_long_pause_of_the_clock_brings_a_call_to_its_end_at_once(world):
    batch = world.submit("+1")

    world.passes(3600, step=3600)
    world.passes(3600, step=3600)

    assert world.conversation(batch)["status"] == "done"
    assert world.told == [batch["recipients"][0]["conversation_id"]]


def test_start_and_duration_give_the_moment_at_which_the_call_ended(world):
    batch = world.submit("+1")

    world.passes(14)

    metadata = world.conversation(batch)["metadata"]
    ended = metadata["start_time_unix_secs"] + metadata["call_duration_secs"]
    assert ended == pytest.approx(START + 10.7, abs=1)
    assert metadata["call_duration_secs"] == 48


def test_the_transcript_grows_and_the_analysis_comes_last(world):
    batch = world.submit("+1")
    world.passes(6)
    half = len(world.conversation(batch)["transcript"])

    world.passes(6)
    processing = world.conversation(batch)
    shown = (processing["status"], processing["analysis"], len(processing["transcript"]))
    world.passes(5)

    assert 0 < half < 8
    assert shown == ("processing", None, 8)
    assert "pedido 7431" in world.conversation(batch)["analysis"]["transcript_summary"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_ends_as_its_table_says(outcome, world):
    world.sim.store.put("outcome", "+1", {"outcome": outcome})
    batch = world.submit("+1")

    world.passes(20)

    status, result, reason = ENDINGS[outcome]
    metadata = world.conversation(batch)["metadata"]
    assert states(batch) == [status]
    assert metadata["phone_call"]["call_result"] == result
    assert metadata["termination_reason"] == reason
    assert batch["total_calls_finished"] == 1


def test_a_call_fails_whose_agent_lacks_a_variable(world):
    agent = replace(AGENT, first_message="Hola {{name}}, debe {{debt}}")
    request = {"call_name": "c", "recipients": [{"phone_number": "+1", **INITIATION}]}
    batch = world.sim.batches.submit(request, agent, SETTINGS, world.clock())

    world.passes(20)

    reason = world.conversation(batch)["metadata"]["termination_reason"]
    assert states(batch) == ["failed"]
    assert reason == "Missing required dynamic variables in first message: {'debt'}"


def test_no_more_lines_are_taken_than_there_are(world):
    batch = world.submit("+1", "+2", "+3")

    world.passes(2)
    first = states(batch)
    world.passes(15)

    assert first == ["in_progress", "in_progress", "pending"]
    assert states(batch) == ["completed", "completed", "in_progress"]
    assert batch["total_calls_dispatched"] == 3


def test_a_scheduled_batch_waits_for_its_hour(world):
    batch = world.submit("+1", scheduled_time_unix=int(START) + 60)

    world.passes(59)
    before = states(batch)
    world.passes(3)

    assert before == ["pending"]
    assert states(batch) == ["in_progress"]


def test_ending_a_call_keeps_what_was_said_so_far(world):
    batch = world.submit("+1")
    world.passes(6)
    name = batch["recipients"][0]["conversation_id"]
    said = len(world.conversation(batch)["transcript"])

    assert world.sim.calls.end(name, world.clock())
    world.passes(0.1)

    assert len(world.conversation(batch)["transcript"]) == said
    assert world.conversation(batch)["metadata"]["termination_reason"] == "control"
    assert not world.sim.calls.end(name, world.clock())


def test_a_conversation_deleted_during_its_call_is_not_written_again(world):
    batch = world.submit("+1")
    world.passes(3)
    world.sim.store.delete("conversation", batch["recipients"][0]["conversation_id"])

    world.passes(20)

    assert states(batch) == ["completed"]
    assert world.conversation(batch) is None
    assert world.told == []


def test_a_running_call_goes_on_after_a_restart(tmp_path, a_world):
    world = a_world(tmp_path)
    batch = world.submit("+1")
    world.passes(3)
    world.sim.store.close()

    again = a_world(tmp_path)
    again.passes(20)

    kept = again.sim.store.get("batch", batch["id"])
    assert states(kept) == ["completed"]
    assert again.conversation(kept)["status"] == "done"


def test_a_detail_shows_nothing_of_the_simulators_own(world):
    batch = world.submit("+1")

    assert not [name for name in detail(batch)["recipients"][0] if name.startswith("_")]


def test_phases_have_one_way_and_an_end():
    assert [*NEXT, Phase.OVER] == list(Phase)
    assert set(ENDINGS) == set(Outcome)


def test_many_calls_do_not_slow_the_clock_down(a_world):
    world = a_world(settings=SimulatorSettings(api_key="k", calls_at_once=1))
    world.submit(*(f"+{n}" for n in range(10_000)))

    world.passes(1)

    assert len(world.sim.calls.running()) == 10_000
