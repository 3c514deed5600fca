import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from connector.protocol import Classic, ContextNote, Convai, Initiation, dialect_named
from conversation.errors import Defect, Refused

SCHEMAS = Path(__file__).parents[5] / "shared/facts/data/elevenlabs/agent.asyncapi.yaml"

FULL = Initiation(
    text_only=True,
    max_duration_seconds=1800,
    first_message="",
    dynamic_variables={"name": "Ana", "debt": 120.5, "vip": True, "visits": 3},
    custom_llm_extra_body={"temperature": 0},
    user_id="u1",
    branch_id="agtbrch_1",
    environment="production",
)


def written(frame):
    return json.loads(frame)


def test_an_initiation_without_anything_switches_to_text_only():
    assert written(Convai().initiation(Initiation())) == {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"conversation": {"text_only": True}},
    }


def test_what_is_not_overridden_is_left_out():
    assert written(Convai().initiation(Initiation(text_only=None))) == {
        "type": "conversation_initiation_client_data"
    }


def test_a_full_initiation_has_every_field_in_its_place():
    assert written(Convai().initiation(FULL)) == {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {
            "conversation": {"text_only": True, "max_duration_seconds": 1800},
            "agent": {"first_message": ""},
        },
        "dynamic_variables": {"name": "Ana", "debt": 120.5, "vip": True, "visits": 3},
        "custom_llm_extra_body": {"temperature": 0},
        "user_id": "u1",
        "branch_id": "agtbrch_1",
        "environment": "production",
    }


def test_the_name_and_phone_of_a_person_are_not_written_by_convai():
    frame = Convai().initiation(Initiation(name="Ana", phone="+573138539155"))

    assert "Ana" not in frame
    assert "573138539155" not in frame


FRAMES = [
    ("UserMessagePayload", Convai().user_message("¿Cómo estás? 🙂")),
    ("UserActivityPayload", Convai().user_activity()),
    ("PongPayload", Convai().pong(7)),
    ("ContextualUpdatePayload", Convai().contextual_update(ContextNote("llamó ayer"))),
    ("ContextualUpdatePayload", Convai().contextual_update(ContextNote("llamó", "history"))),
    ("ClientToolResultPayload", Convai().tool_result("c1", "no such tool", is_error=True)),
    ("MCPToolApprovalResultPayload", Convai().tool_refusal("c1")),
    ("ConversationInitiationPayload", Convai().initiation(Initiation())),
    ("ConversationInitiationPayload", Convai().initiation(FULL)),
]

EXPECTED = [
    {"type": "user_message", "text": "¿Cómo estás? 🙂"},
    {"type": "user_activity"},
    {"type": "pong", "event_id": 7},
    {"type": "contextual_update", "text": "llamó ayer"},
    {"type": "contextual_update", "text": "llamó", "context_id": "history"},
    {
        "type": "client_tool_result",
        "tool_call_id": "c1",
        "result": "no such tool",
        "is_error": True,
    },
    {"type": "mcp_tool_approval_result", "tool_call_id": "c1", "is_approved": False},
]


@pytest.mark.parametrize(
    ("frame", "expected"), list(zip([frame for _, frame in FRAMES[:7]], EXPECTED, strict=True))
)
def test_the_frames_of_convai(frame, expected):
    assert written(frame) == expected


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the published schemas are not on this machine")
@pytest.mark.parametrize(("schema", "frame"), FRAMES)
def test_every_frame_of_convai_is_valid_for_the_published_schema(schema, frame):
    document = yaml.safe_load(SCHEMAS.read_text(encoding="utf-8"))
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}

    jsonschema.validate(written(frame), whole)


def test_half_a_character_never_reaches_the_socket():
    frame = Convai().user_message("a\ud83d b \ud83d\ude00")

    assert written(frame.encode().decode())["text"] == "a\ufffd b 😀"


ORIGINAL_INITIATION = {
    "type": "conversation_initiation",
    "conversation_config": {
        "conversation_id": "conv_xxx",
        "input_audio_format": None,
        "output_audio_format": None,
        "mode": "text",
    },
    "user": {
        "name": "Alejandro",
        "metadata": {"source": "whatsapp", "phone": "+573138539155"},
    },
}
ALEJANDRO = Initiation(conversation_id="conv_xxx", name="Alejandro", phone="+573138539155")


def test_classic_writes_the_originals_initiation_to_the_letter():
    assert written(Classic().initiation(ALEJANDRO)) == ORIGINAL_INITIATION


def test_classic_writes_the_originals_message_to_the_letter():
    assert written(Classic().user_message("Hola, ¿cómo estás?")) == {
        "type": "user_message",
        "message": "Hola, ¿cómo estás?",
    }


def test_classic_tells_context_and_variables_in_the_metadata_of_the_user():
    initiation = Initiation(
        conversation_id="c",
        context=(ContextNote("resumen", "summary"), ContextNote("historia")),
        dynamic_variables={"debt": 120},
    )

    assert written(Classic().initiation(initiation))["user"] == {
        "name": "",
        "metadata": {
            "source": "whatsapp",
            "context": "resumen\n\nhistoria",
            "variables": {"debt": 120},
        },
    }


def test_classic_says_nothing_that_the_original_does_not_know():
    assert Classic().contextual_update(ContextNote("x")) is None
    assert Classic().user_activity() is None


def test_classic_answers_what_a_server_asks_in_the_servers_words():
    assert Classic().pong(3) == Convai().pong(3)
    assert Classic().tool_refusal("c") == Convai().tool_refusal("c")


def test_who_names_the_conversation_depends_on_the_dialect():
    assert Convai().session_id(ALEJANDRO) is None
    assert Classic().session_id(ALEJANDRO) == "conv_xxx"


def test_classic_refuses_to_open_without_a_name_for_the_conversation():
    with pytest.raises(Defect):
        Classic().session_id(Initiation())


@pytest.mark.parametrize("name", ["convai", "classic"])
def test_a_dialect_is_found_by_its_name(name):
    assert dialect_named(name).name == name


def test_another_dialect_is_refused_with_the_names_of_those_that_exist():
    with pytest.raises(Refused, match="classic, convai"):
        dialect_named("morse")
