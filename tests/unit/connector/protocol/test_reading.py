import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import protocol
from connector.protocol import Classic, Convai, PartKind
from connector.protocol.convai import IGNORED, READERS

DIALECTS = pytest.mark.parametrize("dialect", [Convai(), Classic()])


def frame(kind, key=None, /, **payload):
    return json.dumps({"type": kind} if key is None else {"type": kind, key: payload})


READINGS = [
    (
        frame(
            "conversation_initiation_metadata",
            "conversation_initiation_metadata_event",
            conversation_id="conv_1",
            agent_output_audio_format="pcm_16000",
            user_input_audio_format="pcm_16000",
        ),
        protocol.Metadata("conv_1"),
    ),
    (frame("ping", "ping_event", event_id=3, ping_ms=20), protocol.Ping(3)),
    (frame("ping", "ping_event", event_id=3), protocol.Ping(3)),
    (frame("ping", "ping_event", event_id="3", ping_ms=None), protocol.Ping(3)),
    (frame("ping", "ping_event", event_id="p-3"), protocol.Ping("p-3")),
    (frame("ping", "ping_event", event_id=3.0), protocol.Ping(3)),
    (
        frame("agent_response", "agent_response_event", agent_response="hola", event_id=2),
        protocol.AgentSaid("hola", 2),
    ),
    (
        frame(
            "agent_response",
            "agent_response_event",
            agent_response="hola",
            event_id="2",
            response_id="r1",
            attachments=[],
        ),
        protocol.AgentSaid("hola", 2, "r1"),
    ),
    (
        frame("agent_response", "agent_response_event", agent_response="hola"),
        protocol.AgentSaid("hola"),
    ),
    *(
        (
            frame(
                "agent_chat_response_part", "text_response_part", text="x", type=kind, event_id=2
            ),
            protocol.AgentPart(kind, "x", 2),
        )
        for kind in PartKind
    ),
    (
        frame("agent_chat_response_part", "text_response_part", type="start", response_id="r"),
        protocol.AgentPart(PartKind.START, "", None, "r"),
    ),
    (
        frame("agent_response_complete", "agent_response_complete_event", event_id=2),
        protocol.AgentDone(2),
    ),
    (frame("agent_response_complete"), protocol.AgentDone(None)),
    (
        frame(
            "agent_response_correction",
            "agent_response_correction_event",
            original_agent_response="hola, que",
            corrected_agent_response="hola",
            event_id=2,
        ),
        protocol.AgentCorrected("hola, que", "hola", 2),
    ),
    (frame("interruption", "interruption_event", event_id=2), protocol.Interrupted(2)),
    (
        frame(
            "client_tool_call",
            "client_tool_call",
            tool_name="t",
            tool_call_id="c",
            parameters={},
            event_id=2,
        ),
        protocol.ClientToolCalled("t", "c", 2, expects_response=True),
    ),
    (
        frame("client_tool_call", "client_tool_call", tool_call_id="c", expects_response=False),
        protocol.ClientToolCalled("", "c", None, expects_response=False),
    ),
    (
        frame(
            "agent_tool_request",
            "agent_tool_request",
            tool_name="t",
            tool_call_id="c",
            tool_type="webhook",
            event_id=2,
        ),
        protocol.ToolRequested("t", "c", 2),
    ),
    *(
        (
            frame(kind, kind, tool_name="t", tool_call_id="c", is_error=True, event_id=2),
            protocol.ToolAnswered("t", "c", 2, is_error=True),
        )
        for kind in ("agent_tool_response", "agent_tool_response_full_payload")
    ),
    *(
        (
            frame("mcp_tool_call", "mcp_tool_call", tool_call_id="c", state=state),
            protocol.McpToolCalled("c", state),
        )
        for state in protocol.McpState
    ),
    *(
        (
            frame(kind, "error_event", code=1008, **{name: "override_error"}, message="m"),
            protocol.ServerFault(1008, "override_error", "m"),
        )
        for kind in ("error", "client_error")
        for name in ("error_type", "error_name")
    ),
    (
        frame("error", "error_event", reason="r", message="m", debug_message="d"),
        protocol.ServerFault(None, None, "r m d"),
    ),
    (frame("error"), protocol.ServerFault()),
    (frame("queue_status", "queue_status_event", status="waiting"), protocol.QueueMoved("waiting")),
    (frame("guardrail_triggered"), protocol.GuardrailTriggered()),
    (
        frame("context_usage", "context_usage_event", context_tokens=10, context_limit_tokens=99),
        protocol.ContextUsed(10, 99),
    ),
    (frame("context_usage"), protocol.ContextUsed(0, 0)),
    (
        frame("agent_typing", "agent_typing_event", is_typing=True),
        protocol.AgentTyping(is_typing=True),
    ),
    (frame("agent_typing"), protocol.AgentTyping(is_typing=False)),
    (frame("external_agent_connected"), protocol.PersonTookOver(is_there=True)),
    (frame("external_agent_disconnected"), protocol.PersonTookOver(is_there=False)),
    (frame("audio", "audio_event", audio_base_64="AAAA"), protocol.Ignored("audio")),
    (frame("next_years_event"), protocol.Unknown("next_years_event")),
    (frame("Hola María, tu deuda"), protocol.Unknown("unprintable")),
]


@DIALECTS
@pytest.mark.parametrize(("raw", "event"), READINGS)
def test_every_message_of_the_server_is_read(dialect, raw, event):
    assert dialect.read(raw) == event


MALFORMED = [
    ("", "not_json"),
    ("pong", "not_json"),
    ("[" * 100_000, "not_json"),
    ("[]", "not_an_object"),
    ("null", "not_an_object"),
    ("{}", "type"),
    ('{"type": 7}', "type"),
    (frame("ping"), "ping.event_id"),
    (frame("ping", "ping_event", event_id=True), "ping.event_id"),
    (frame("ping", "ping_event", event_id=1.5), "ping.event_id"),
    (frame("ping", "ping_event", event_id=""), "ping.event_id"),
    ('{"type":"ping","ping_event":"x"}', "ping.event_id"),
    (frame("agent_response"), "agent_response.agent_response"),
    (frame("conversation_initiation_metadata"), "conversation_initiation_metadata.conversation_id"),
    *(
        (
            frame(
                "conversation_initiation_metadata",
                "conversation_initiation_metadata_event",
                conversation_id=unusable,
            ),
            "conversation_initiation_metadata.conversation_id",
        )
        for unusable in ("", "conv 1", "conv_1\n", "\ud800", "c" * 129)
    ),
    (
        frame("agent_chat_response_part", "text_response_part", type="secret words"),
        "agent_chat_response_part.type",
    ),
    (
        frame("mcp_tool_call", "mcp_tool_call", tool_call_id="c", state="secret words"),
        "mcp_tool_call.state",
    ),
]


@DIALECTS
@pytest.mark.parametrize(("raw", "reason"), MALFORMED)
def test_a_frame_that_cannot_be_read_names_the_place_and_never_the_text(dialect, raw, reason):
    assert dialect.read(raw) == protocol.Malformed(reason)


def test_an_id_of_very_many_digits_is_a_name():
    digits = "9" * 5000

    assert Convai().read(frame("ping", "ping_event", event_id=digits)) == protocol.Ping(digits)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@DIALECTS
@given(st.sampled_from([*READERS, *IGNORED]), JSON)
def test_whatever_is_in_a_known_frame_reading_it_gives_an_event(dialect, kind, payload):
    key = READERS.get(kind, (kind, None))[0]

    assert isinstance(dialect.read(json.dumps({"type": kind, key: payload})), protocol.ServerEvent)


@DIALECTS
@given(st.text())
def test_whatever_comes_reading_it_gives_an_event(dialect, raw):
    assert isinstance(dialect.read(raw), protocol.ServerEvent)


@given(st.dictionaries(st.sampled_from(["text", "type", "event_id", "agent_response"]), JSON))
def test_whatever_is_in_a_part_reading_it_gives_an_event(payload):
    raw = json.dumps({"type": "agent_chat_response_part", "text_response_part": payload})

    assert isinstance(Convai().read(raw), protocol.ServerEvent)


def test_the_originals_answer_is_read_by_classic_alone():
    raw = '{"type": "agent_response", "message": "¡Hola! Estoy bien, gracias."}'

    assert Classic().read(raw) == protocol.AgentSaid("¡Hola! Estoy bien, gracias.")
    assert Convai().read(raw) == protocol.Malformed("agent_response.agent_response")


def test_no_event_shows_its_text_when_it_is_printed():
    events = [
        protocol.AgentSaid("secret", 1),
        protocol.AgentPart(PartKind.DELTA, "secret", 1),
        protocol.AgentCorrected("secret", "secret", 1),
        protocol.ServerFault(1008, "override_error", "secret"),
        protocol.ContextNote("secret"),
        protocol.Initiation(
            name="secret", phone="secret", user_id="secret", dynamic_variables={"a": "secret"}
        ),
    ]

    assert "secret" not in repr(events)


@DIALECTS
def test_of_what_a_fault_says_no_more_is_kept_than_can_be_judged(dialect):
    fault = dialect.read(frame("error", "error_event", message="quota " + "max " * 500_000))

    assert fault.text.startswith("quota max")
    assert len(fault.text) == 2000
