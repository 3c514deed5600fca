"""Every frame that the connector sends is one that ElevenLabs documents."""

from __future__ import annotations

import json

import jsonschema
import pytest

from connector.protocol import Classic, ContextNote, Convai, Initiation
from infra.local.elevenlabs.schemas import schema_of

FULL = Initiation(
    text_only=True,
    max_duration_seconds=600,
    first_message="Hola",
    dynamic_variables={"name": "Ana", "debt": 12.5, "vip": True, "visits": 3},
    custom_llm_extra_body={"tier": "gold"},
    user_id="A" * 26,
    branch_id="agtbrch_1",
    environment="production",
    context=(ContextNote("Antes se dijo…", "hilo"),),
    conversation_id="conv_xxx",
    name="Ana",
    phone="+573138539155",
)
BARE = Initiation(text_only=None, conversation_id="conv_xxx")


def frames_of(dialect):
    written = [
        dialect.initiation(FULL),
        dialect.initiation(BARE),
        dialect.user_message("Hola, ¿cómo está? 👋"),
        dialect.contextual_update(FULL.context[0]),
        dialect.user_activity(),
        dialect.pong(7),
        dialect.tool_result("call_1", "no such tool", is_error=True),
        dialect.tool_refusal("call_2"),
    ]
    return [json.loads(frame) for frame in written if frame is not None]


@pytest.mark.parametrize(
    ("dialect", "frame"),
    [(dialect, frame) for dialect in (Convai(), Classic()) for frame in frames_of(dialect)],
    ids=lambda value: value["type"] if isinstance(value, dict) else value.name,
)
def test_a_frame_we_send_is_valid(dialect, frame):
    # What classic shares with convai (a pong, a tool's result) is written in convai's words.
    schema = schema_of(frame, "client", dialect.name) or schema_of(frame, "client", "convai")

    assert schema is not None, f"{frame['type']} is not documented"
    jsonschema.validate(frame, schema)


def test_a_frame_with_a_field_too_many_would_be_found():
    frame = json.loads(Convai().user_message("hola")) | {"message": "hola"}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(frame, schema_of(frame, "client", "convai"))
