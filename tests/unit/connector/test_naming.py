"""Who names a conversation, by the dialect: ElevenLabs, or in the original's frames we."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from connector.agents import AgentFacts
from connector.choices import dialogues, session_policy
from connector.dialogue import words
from connector.protocol import dialect_named
from connector.settings import load
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.state import ConversationState
from tests.unit.connector.test_settings import GIVEN

ANA = "A" * 26
NOW = words.Moment(1000.0, datetime(2026, 11, 28, 12, tzinfo=UTC))


class NoAgents:
    """Nothing is known of any."""

    def known(self, _agent_id):
        return AgentFacts()


@pytest.mark.parametrize(("dialect", "named"), [("classic", "ours"), ("convai", None)])
def test_we_name_a_conversation_only_where_the_dialect_leaves_it_to_us(dialect, named):
    settings = load(GIVEN | {"ELEVENLABS_DIALECT": dialect})
    new_dialogue = dialogues(
        settings, NoAgents(), dialect_named(dialect), chance=random.Random(3), new_id=lambda: "ours"
    )
    dialogue = new_dialogue(ANA)

    dialogue.on(words.Rung(), NOW)
    dialogue.on(words.Looked(a_state(), (a_message(),)), NOW)
    dialogue.on(words.MayOpen(session_policy(settings)), NOW)

    assert dialogue.session.session_id == named


def a_state():
    return ConversationState(contact_id=ANA, agent_id="agent_1", last_inbound_at=NOW.utc)


def a_message():
    return Message(
        contact_id=ANA, message_key=f"01{1:024}", conversation_id=ANA,
        direction=Direction.INBOUND, kind=Kind.MESSAGE, content="hola", state=InboundState.NEW,
        sent_at=NOW.utc,
    )  # fmt: skip
