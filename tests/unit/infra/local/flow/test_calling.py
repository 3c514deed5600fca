"""Starting calls at ElevenLabs, and asking which sessions are open."""

import pytest

from conversation.adapters.elevenlabs.client import Callee
from conversation.batches import Batch
from conversation.errors import Permanent
from conversation.identifiers import AgentId
from infra.local.flow.calling import BatchCalls


class Workspace:
    """Takes batches."""

    def __init__(self):
        self.taken = []

    def submit_batch(self, name, agent_id, callees, *, phone_number_id=None):
        self.taken.append((agent_id, list(callees), phone_number_id))
        return Batch(
            batch_id="btcal_1", agent_id=agent_id, status="pending", finished=False, updated_unix=0
        )

    def recipients(self, batch_id):
        return [batch_id]


class Control:
    """A simulator's control API with these answers."""

    def __init__(self, **answers):
        self.answers = {f"/{path}": answer for path, answer in answers.items()}

    def get(self, path):
        return self.answers[path]


def calls(control=None, agent_id=None, phone_number_id=None, agents=dict):
    return BatchCalls(
        workspace=Workspace(), agent_id=agent_id, phone_number_id=phone_number_id, control=control,
        agents=agents,
    )  # fmt: skip


def two_agents():
    return {"agents": [{"agent_id": "agent_2"}, {"agent_id": "agent_3"}]}


def refuse():
    raise Permanent("404", reason="not_found")


def test_the_agent_is_the_chosen_one():
    assert calls(agent_id="agent_1", agents=two_agents).agent() == "agent_1"


def test_the_first_agent_of_the_workspace_will_do():
    assert calls(agents=two_agents).agent() == "agent_2"


@pytest.mark.parametrize("agents", [dict, lambda: {"agents": []}, refuse, lambda: {"agents": None}])
def test_without_any_agent_the_remedy_is_named(agents):
    with pytest.raises(Permanent, match="DEFAULT_AGENT_ID"):
        calls(agents=agents).agent()


def test_a_call_is_a_batch_of_one():
    some = calls(phone_number_id="phnum_1")

    batch_id = some.start("test", AgentId("agent_1"), "+573138539155", {"dato": "x"})

    callee = Callee(number="+573138539155", variables={"dato": "x"})
    assert batch_id == "btcal_1"
    assert some.workspace.taken == [("agent_1", [callee], "phnum_1")]
    assert some.recipients("btcal_1") == ["btcal_1"]


def test_the_real_elevenlabs_does_not_tell_which_sessions_are_open():
    assert calls().open_sessions() is None


def test_a_simulator_tells_it():
    control = Control(sockets=[{"conversation_id": "conv_1", "dialect": "convai"}])

    assert calls(control).open_sessions() == {"conv_1"}


def test_in_the_classic_dialect_a_session_has_the_name_that_we_gave_it():
    control = Control(sockets=[{"conversation_id": "conv_1", "dialect": "classic"}])
    config = {"conversation_config": {"conversation_id": "ours"}}
    control.answers["/sessions/conv_1"] = {"frames": [{"frame": config}]}

    assert calls(control).open_sessions() == {"ours"}


def test_a_classic_session_that_was_not_named_keeps_the_servers_name():
    control = Control(sockets=[{"conversation_id": "conv_1", "dialect": "classic"}])
    control.answers["/sessions/conv_1"] = {"frames": []}

    assert calls(control).open_sessions() == {"conv_1"}
