"""The owner's original description has its place here: names, defaults, frames, numbers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector import protocol
from connector.session.policy import SessionPolicy
from conversation import variables
from conversation.adapters.tables.mapping import message_of, state_of
from conversation.adapters.tables.models import MessageItem, StateItem
from conversation.messages import Direction
from conversation.settings import variables_of
from conversation.state import ConversationState, Status

# The original's two tables, column by column, with their defaults.
CONVERSATION_STATE = {
    "phone_number": None, "client_name": None, "elevenlabs_conversation_id": None,
    "agent_id": None, "batch_id": None, "recipient_id": None, "call_duration_secs": None,
    "status": "active", "started_at": None, "last_message_at": None, "message_count": 0,
}  # fmt: skip
CONVERSATION_MESSAGES = ["conversation_id", "direction", "content", "twilio_message_id", "sent_at"]


@pytest.mark.parametrize("column", CONVERSATION_STATE)
def test_the_state_has_the_originals_columns(column):
    assert column in StateItem.get_attributes()
    assert column in ConversationState.__dataclass_fields__


@pytest.mark.parametrize("column", CONVERSATION_MESSAGES)
def test_the_messages_have_the_originals_columns(column):
    assert column in MessageItem.get_attributes()


def test_the_defaults_are_the_originals():
    state = state_of(StateItem(contact_id="A" * 26))

    assert state.status == CONVERSATION_STATE["status"] == Status.ACTIVE
    assert state.message_count == CONVERSATION_STATE["message_count"]


def test_directions_are_the_originals():
    assert set(Direction) == {"inbound", "outbound"}


def test_a_message_refers_to_its_conversation():
    item = MessageItem(
        contact_id="A" * 26, message_key="k", conversation_id="A" * 26, direction="inbound",
        content="hola", kind="message", state="NEW", sent_at=datetime.now(UTC),
    )  # fmt: skip

    assert message_of(item).conversation_id == "A" * 26


# The original's frames, as they stand in its text.
INITIATION = json.loads("""{
  "type": "conversation_initiation",
  "conversation_config": {
    "conversation_id": "conv_xxx",
    "input_audio_format": null,
    "output_audio_format": null,
    "mode": "text"
  },
  "user": {
    "name": "Alejandro",
    "metadata": {
      "source": "whatsapp",
      "phone": "+573138539155"
    }
  }
}""")
USER_MESSAGE = {"type": "user_message", "message": "Hola, ¿cómo estás?"}
ANSWER = "¡Hola! Estoy bien, gracias. ¿En qué puedo ayudarte?"
AGENT_RESPONSE = {"type": "agent_response", "message": ANSWER}


def test_the_classic_initiation_is_the_originals():
    initiation = protocol.Initiation(
        conversation_id="conv_xxx", name="Alejandro", phone="+573138539155"
    )

    assert json.loads(protocol.Classic().initiation(initiation)) == INITIATION


def test_the_classic_message_is_the_originals():
    assert json.loads(protocol.Classic().user_message("Hola, ¿cómo estás?")) == USER_MESSAGE


def test_the_classic_answer_is_the_originals():
    read = protocol.Classic().read(json.dumps(AGENT_RESPONSE))

    assert read == protocol.AgentSaid(ANSWER)


DECLARED = {
    variable.name: variable for group in variables.groups() for variable in variables_of(group)
}


@pytest.mark.parametrize(
    "name",
    ["ELEVENLABS_API_KEY", "DEFAULT_AGENT_ID", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
     "TWILIO_WHATSAPP_NUMBER"],
)  # fmt: skip
def test_the_originals_settings_keep_their_names(name):
    assert name in DECLARED


def test_the_originals_database_setting_has_no_place_any_more():
    assert "DATABASE_URL" not in DECLARED


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("IDLE_CLOSE_S", 30 * 60), ("IDLE_SWEEP_S", 5 * 60), ("ANSWER_SLOW_S", 15)],
    ids=["closed after 30 idle minutes", "swept every 5 minutes", "15 s for an answer"],
)
def test_the_originals_numbers_are_the_defaults(name, seconds):
    assert float(DECLARED[name].default) == seconds


def test_the_session_lives_by_the_originals_numbers():
    assert SessionPolicy().idle_s == 30 * 60
    assert SessionPolicy().answer_slow_s == 15


def test_the_endpoint_is_the_originals():
    assert DECLARED["ELEVENLABS_API_URL"].default == "https://api.elevenlabs.io"


FACTS = Path(__file__).parents[3] / "shared/facts/original.md"


@pytest.mark.skipif(not FACTS.exists(), reason="the original text is not beside this checkout")
def test_what_is_compared_here_is_what_the_original_says():
    text = FACTS.read_text()
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.DOTALL)
    columns = {name: re.findall(r"^  (\w+) ", body, re.MULTILINE) for name, body in tables}

    assert columns["conversation_state"] == ["id", *CONVERSATION_STATE]
    assert columns["conversation_messages"][0] == "id"
    assert columns["conversation_messages"][1:] == CONVERSATION_MESSAGES
    frames = [json.loads(f) for f in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert frames == [INITIATION, USER_MESSAGE, AGENT_RESPONSE]
