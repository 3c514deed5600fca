"""The steps of the main test, against a world that does at once what it is asked."""

import pytest

from conversation.batches import Stage
from conversation.errors import Permanent, Transient
from conversation.messages import OutboundState
from infra.local.flow.run import result, run
from infra.local.flow.steps import STEPS
from infra.local.processes import ChildDiedError
from tests.unit.infra.local.flow.world import FACT, Everybody, a_world


def played(pace, everybody=None, **plan):
    """The outcomes, all of which were reported as they came."""
    reported = []
    outcomes = run(a_world(pace, everybody, **plan), reported.append)
    assert reported == outcomes
    return outcomes


def failure_of(outcomes):
    assert [outcome.failure for outcome in outcomes[:-1]] == [None] * (len(outcomes) - 1)
    return outcomes[-1].step.name, outcomes[-1].failure


def test_all_steps_come_out_where_everybody_does_their_part(pace):
    told = result(played(pace))

    assert told["ok"] is True
    assert [step["name"] for step in told["steps"]] == [step.name for step in STEPS]
    assert told["steps"][0] == {
        "name": "start_call", "ok": True, "ms": 0, "batch_id": "btcal_1", "agent_id": "agent_1",
    }  # fmt: skip
    assert told["steps"][4]["conversation_id"] == "conv_1"
    assert told["steps"][7]["conversation_id"] == "conv_2"


def test_the_call_is_told_the_name_and_the_fact(pace):
    everybody = Everybody()

    played(pace, everybody)

    assert everybody.started == [("agent_1", "+573138539155", {"name": "Ana", "dato": FACT})]


def test_texts_are_shown_but_not_in_the_result(pace):
    outcomes = played(pace)

    assert FACT in outcomes[4].ids["text"]
    assert FACT not in str(result(outcomes))


@pytest.mark.parametrize(
    ("spoilt", "step", "seen"),
    [
        ({"stage": Stage.VOICEMAIL}, "call_ends", "it ended as voicemail"),
        ({"stage": Stage.MOVING}, "call_ends", "the call is moving"),
        (
            {"opener": OutboundState.SKIPPED, "reason": "needs_template"},
            "opener_arrives",
            "our opener SKIPPED (needs_template)",
        ),
        ({"says": ("No lo sé.", "")}, "agent_answers", "«No lo sé.»"),
        ({"says": ("", "")}, "agent_answers", "no answer on the phone"),
        ({"obeys": False}, "socket_closes", "open on shard 0; open at ElevenLabs: conv_1"),
        ({"says": (FACT, "Lo olvidé.")}, "agent_still_knows", "«Lo olvidé.»"),
        ({"sessions": ("conv_1", "conv_1")}, "agent_still_knows", "the same conversation_id"),
    ],
)
def test_what_does_not_come_out_is_told_with_what_was_seen(pace, spoilt, step, seen):
    name, failure = failure_of(played(pace, Everybody(**spoilt)))

    assert name == step
    assert seen in failure.seen
    assert failure.look_in.startswith("/logs/")


def test_what_follows_a_failed_step_is_not_tried(pace):
    told = result(played(pace, Everybody(says=("No lo sé.", FACT))))

    assert told["ok"] is False
    assert len(told["steps"]) == 5
    assert set(told["steps"][-1]) == {"name", "ok", "ms", "expected", "seen", "look_in"}


def test_a_step_waits_as_long_as_it_was_given(pace):
    outcomes = played(pace, Everybody(says=("", "")), patience_s=3.0)

    assert outcomes[-1].ms == pytest.approx(3000, abs=400)
    assert "within 3 s" in outcomes[-1].failure.expected


def test_a_message_that_the_table_does_not_know_is_noticed(pace):
    everybody = Everybody()
    write = everybody.write

    def twice(text):
        sid = write(text)
        everybody.chat.append(everybody.chat[-1].__class__("SMagain", *_rest(everybody.chat[-1])))
        return sid

    everybody.write = twice

    name, failure = failure_of(played(pace, everybody))

    assert name == "table_matches_phone"
    assert "SMagain is not in the table" in failure.seen


def _rest(bubble):
    return bubble.side, bubble.text, bubble.status


@pytest.mark.parametrize(
    ("error", "look_in"),
    [
        (Permanent("the key is wrong", reason="unauthorised"), "/logs"),
        (ChildDiedError("connector-1", 1, ["boom"]), "/logs/connector-1.jsonl"),
    ],
)
def test_an_error_of_the_product_is_a_failed_step(pace, error, look_in):
    everybody = Everybody()

    def breaks(*_):
        raise error

    everybody.start = breaks

    name, failure = failure_of(played(pace, everybody))

    assert (name, failure.look_in) == ("start_call", look_in)
    assert str(error) in failure.seen


def test_trouble_on_the_way_is_no_end_of_waiting(pace):
    everybody, troubles = Everybody(), [Transient("busy", reason="busy")] * 3
    look = everybody.look

    def sometimes():
        if troubles:
            raise troubles.pop()
        return look()

    everybody.look = sometimes

    assert result(played(pace, everybody))["ok"] is True


def test_trouble_that_stays_is_told(pace):
    everybody = Everybody()

    def never():
        raise Transient("the simulator gave no answer", reason="no_answer")

    everybody.look = never

    name, failure = failure_of(played(pace, everybody))

    assert name == "opener_arrives"
    assert "the simulator gave no answer" in failure.seen
