"""The frames of the WebSocket, scene by scene. Every frame is checked against the schemas."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from infra.local.elevenlabs.agents import CHAT_CLIENT_EVENTS, AnswerOrder
from tests.contract.elevenlabs.conftest import AGENT, EVERY_EVENT, KEY, texts

FACT = {"fact": "pedido 7431", "name": "Ana"}


def kinds(frames):
    """The kinds of frames, with the streamed parts by their place in the stream."""
    return [
        frame["text_response_part"]["type"] if "text_response_part" in frame else frame["type"]
        for frame in frames
    ]


def _talk_until_it_breaks(talk):
    talk.send("conversation_initiation_client_data")
    talk.send("user_message", text="ok")
    talk.until("agent_response_complete")


def a_silent_agent(live, **fields):
    return live.agent(first_message="", **fields)


def test_the_metadata_come_first_and_then_the_greeting(live):
    with live.talk() as talk:
        first = talk.receive()
        greeting = talk.until("agent_response")

    assert first["type"] == "conversation_initiation_metadata"
    assert first["conversation_initiation_metadata_event"]["conversation_id"].startswith("conv_")
    assert texts(greeting) == ["Hola, le habla Sofía, la asistente virtual. ¿Cómo está?"]
    assert greeting[-1]["agent_response_event"]["event_id"] == 1


def test_a_fact_given_in_this_socket_is_recalled_and_the_token_echoed(live):
    with live.talk(a_silent_agent(live), dynamic_variables=FACT) as talk:
        answer = talk.ask("¿Cuál era mi pedido? #tok-1")

    assert answer == ["Según lo que tengo anotado: pedido 7431. #tok-1"]


def test_a_new_socket_knows_nothing_of_an_earlier_one(live):
    agent = a_silent_agent(live)
    with live.talk(agent, dynamic_variables=FACT) as talk:
        talk.ask("¿Cuál era mi pedido?")

    with live.talk(agent) as talk:
        answer = talk.ask("¿Qué recuerda de la llamada?")

    assert answer == ["No tengo ningún dato de una llamada anterior. ¿De qué se trata?"]


def test_a_contextual_update_is_known_and_the_newer_of_one_id_replaces_the_older(live):
    with live.talk(a_silent_agent(live)) as talk:
        talk.send("contextual_update", text="Resumen: su pedido es el 1.", context_id="memory")
        talk.send("contextual_update", text="Resumen: su pedido es el 2.", context_id="memory")
        answer = talk.ask("¿Cuál era mi pedido?")

    assert "su pedido es el 2" in answer[0]
    assert "su pedido es el 1" not in answer[0]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (AnswerOrder.PARTS_THEN_RESPONSE, ["start", "delta", "stop", "agent_response"]),
        (AnswerOrder.RESPONSE_BEFORE_STOP, ["start", "delta", "agent_response", "stop"]),
        (AnswerOrder.RESPONSE_ONLY, ["agent_response"]),
        (AnswerOrder.PARTS_ONLY, ["start", "delta", "stop"]),
    ],
)
def test_an_answer_comes_in_the_order_that_the_agent_keeps(live, order, expected):
    with live.talk(a_silent_agent(live, answer_order=order)) as talk:
        talk.receive()
        talk.send("user_message", text="ok")
        answer = talk.until("agent_response_complete")

    # several deltas are one piece of news here
    shown = [kind for n, kind in enumerate(kinds(answer)) if kinds(answer)[n - 1 : n] != [kind]]
    assert shown == [*expected, "agent_response_complete"]


def test_the_parts_of_an_answer_joined_are_the_answer(live):
    with live.talk(a_silent_agent(live)) as talk:
        talk.receive()
        talk.send("user_message", text="cuénteme algo largo")
        answer = talk.until("agent_response_complete")

    parts = "".join(f["text_response_part"]["text"] for f in answer if "text_response_part" in f)
    assert [parts] == texts(answer)
    assert len(parts) > 1600


def test_only_the_client_events_of_the_agent_are_sent(live):
    agent = a_silent_agent(
        live, client_events=["conversation_initiation_metadata", "agent_response"]
    )
    with live.talk(agent) as talk:
        talk.send("user_message", text="ok")
        received = [talk.receive(), talk.receive()]
        talk.send("user_message", text="ok")
        received.append(talk.receive())

    assert kinds(received) == [
        "conversation_initiation_metadata",
        "agent_response",
        "agent_response",
    ]


def test_a_voice_session_gets_audio_and_no_parts(live):
    with live.talk(a_silent_agent(live), conversation_config_override={}) as talk:
        talk.receive()
        talk.send("user_message", text="ok")
        answer = talk.until("agent_response_complete")

    assert kinds(answer) == ["audio", "agent_response", "agent_response_complete"]


def test_a_turn_with_a_tool_has_two_utterances_of_one_event(live):
    tool = {"name": "lookup", "triggers": ["busca"], "result": "hay 3", "delay_s": 0}
    with live.talk(a_silent_agent(live, tools=[tool], answer_order="response_only")) as talk:
        talk.receive()
        talk.send("user_message", text="busca #tok-2")
        answer = talk.until("agent_response_complete")

    assert kinds(answer) == [
        "agent_response",
        "agent_tool_request",
        "agent_tool_response",
        "agent_response",
        "agent_response_complete",
    ]
    assert texts(answer)[1] == "Listo, el resultado es: hay 3. #tok-2"
    events = {f["agent_response_event"]["event_id"] for f in (answer[0], answer[3])}
    assert events == {1}


@pytest.mark.parametrize(("is_error", "expected"), [(False, "abierto"), (True, "No pude")])
def test_a_client_tool_waits_for_the_clients_result(live, is_error, expected):
    tool = {"name": "door", "kind": "client", "triggers": ["puerta"]}
    with live.talk(a_silent_agent(live, tools=[tool])) as talk:
        talk.receive()
        talk.send("user_message", text="la puerta")
        call = talk.until("client_tool_call")[-1]["client_tool_call"]
        talk.send(
            "client_tool_result",
            tool_call_id=call["tool_call_id"],
            result="abierto",
            is_error=is_error,
        )
        answer = talk.until("agent_response_complete")

    assert expected in texts(answer)[-1]


def test_a_clients_tool_that_never_answers_is_given_up(live):
    live.settings(tool_timeout_s=0.1)
    tool = {"name": "door", "kind": "client", "triggers": ["puerta"]}
    with live.talk(a_silent_agent(live, tools=[tool])) as talk:
        answer = talk.ask("la puerta")

    assert answer[-1].startswith("No pude")


def test_the_agent_says_goodbye_and_closes_normally(live):
    with live.talk(a_silent_agent(live, tools=["end_call"])) as talk:
        assert talk.ask("Adiós, gracias") == ["Ha sido un gusto. ¡Hasta luego!"]
        code, _, frames = talk.closed()

    assert code == 1000
    assert frames[-1]["agent_tool_response"]["tool_name"] == "end_call"


def test_a_message_in_mid_answer_interrupts_and_corrects(live):
    live.settings(delta_delay_s=0.05)
    with live.talk(a_silent_agent(live)) as talk:
        talk.send("user_message", text="algo largo")
        talk.until("agent_chat_response_part")
        talk.receive()
        talk.send("user_message", text="basta #tok-3")
        broken_off = talk.until("agent_response_correction")
        live.settings(delta_delay_s=0)
        answer = talk.until("agent_response_complete")

    assert "interruption" in kinds(broken_off)
    assert broken_off[-1]["agent_response_correction_event"]["event_id"] == 1
    assert texts(answer) == ["Entiendo. ¿Puedo ayudarle con algo más? #tok-3"]
    assert answer[-1]["agent_response_complete_event"]["event_id"] == 2


def test_messages_before_the_agent_has_begun_are_answered_together(live):
    live.faults(answer_delay_s={"value": 0.8, "times": 1})
    with live.talk(a_silent_agent(live)) as talk:
        talk.send("user_message", text="ok #tok-4")
        answer = talk.ask("y esto #tok-5")

    assert answer[0].endswith("#tok-4 #tok-5")


def test_pings_come_and_their_round_trip_is_told(live):
    live.settings(ping_interval_s=0.05)
    with live.talk(a_silent_agent(live)) as talk:
        first = talk.until("ping")[-1]["ping_event"]
        talk.send("pong", event_id=first["event_id"])
        second = talk.until("ping")[-1]["ping_event"]

    assert first["ping_ms"] is None
    assert second["ping_ms"] is not None
    assert second["event_id"] == first["event_id"] + 1


def test_who_never_answers_a_ping_is_closed(live):
    live.settings(ping_interval_s=0.05, pong_timeout_s=0.1)
    with live.talk(a_silent_agent(live)) as talk:
        code, reason, _ = talk.closed()

    assert (code, reason) == (1002, "No pong received")


def test_the_maximum_duration_ends_a_session_normally(live):
    live.settings(max_duration_s=0.1)
    with live.talk(a_silent_agent(live, max_duration_message="Se acabó el tiempo.")) as talk:
        code, reason, frames = talk.closed()

    assert (code, reason) == (1000, "max_duration_exceeded")
    assert texts(frames) == ["Se acabó el tiempo."]
    assert frames[-1]["error_event"]["error_type"] == "max_duration_exceeded"


def test_a_session_without_input_is_closed_where_that_is_switched_on(live):
    live.settings(idle_timeout_s=0.1)
    with live.talk(a_silent_agent(live)) as talk:
        code, _, frames = talk.closed()

    assert code == 1002
    assert frames[-1]["error_event"]["error_type"] == "transport_receive_timeout"


@pytest.mark.parametrize(
    ("fields", "initiation", "error_type", "message"),
    [
        (
            {"first_message": "Hola {{nombre}}"},
            {},
            "missing_dynamic_variable",
            "Missing required dynamic variables in first message: {'nombre'}",
        ),
        (
            {"prompt": "Debe {{debt}} y {{system__time_utc}}"},
            {"dynamic_variables": {"other": 1}},
            "missing_dynamic_variable",
            "Missing required dynamic variables in prompt: {'debt'}",
        ),
        (
            {"overrides": []},
            {},
            "override_error",
            "Override for field 'text_only' is not allowed by config.",
        ),
        (
            {},
            {"conversation_config_override": {"conversation": {"max_duration_seconds": 7201}}},
            "value_error",
            "max_duration_seconds must be between 60 and 7200",
        ),
        (
            {},
            {"dynamic_variables": {"system__x": "1"}},
            "value_error",
            "Dynamic variable system__x uses a reserved prefix",
        ),
        (
            {},
            {"dynamic_variables": {"list": [1]}},
            "value_error",
            "Dynamic variable list must be a scalar",
        ),
    ],
)
def test_an_initiation_that_breaks_the_contract_is_refused(
    live, fields, initiation, error_type, message
):
    first = {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"conversation": {"text_only": True}},
        **initiation,
    }
    with live.connect(
        a_silent_agent(live, **fields) if "first_message" not in fields else live.agent(**fields)
    ) as talk:
        talk.send_unchecked(first)
        code, reason, frames = talk.closed()

    assert (code, reason) == (1008, message)
    assert frames[-1]["error_event"]["error_type"] == error_type


@pytest.mark.parametrize(
    ("raw", "error_type"),
    [
        ("{nonsense", "invalid_message"),
        ("[1]", "invalid_message"),
        (b"\x00\x01", "invalid_message"),
        ({"type": "conversation_initiation_client_data"}, "invalid_message"),
        ({"type": "no_such_type"}, "invalid_message"),
        ({"type": "contextual_update"}, "missing_fields"),
        ({"type": "user_message", "text": 7}, "invalid_message"),
        ({"type": "pong", "event_id": "1"}, "invalid_message"),
    ],
)
def test_a_frame_that_breaks_the_contract_ends_the_session(live, raw, error_type):
    with live.talk(a_silent_agent(live)) as talk:
        talk.receive()
        talk.send_unchecked(raw)
        code, _, frames = talk.closed()

    assert code == 1008
    assert frames[-1]["error_event"]["error_type"] == error_type


def test_something_else_than_the_initiation_first_is_refused(live):
    with live.connect() as talk:
        talk.send("user_message", text="hola")
        code, _, frames = talk.closed()

    assert code == 1008
    assert frames[-1]["error_event"]["error_type"] == "invalid_message"


def test_a_null_text_and_an_unknown_field_are_no_turn(live):
    with live.talk(a_silent_agent(live)) as talk:
        talk.receive()
        talk.send("user_message", text=None)
        talk.send_unchecked({"type": "user_message", "message": "as the original had it"})
        answer = talk.ask("ok #tok-6")

    assert answer[0].endswith("#tok-6")
    assert len(answer) == 1


def test_frames_without_an_answer_are_taken(live):
    with live.talk(a_silent_agent(live)) as talk:
        talk.send("user_activity")
        talk.send("feedback", event_id=1, score="like")
        talk.send("mcp_tool_approval_result", tool_call_id="x", is_approved=True)
        talk.send_unchecked({"user_audio_chunk": "AAAA"})
        talk.send(
            "multimodal_message",
            text={"type": "user_message", "text": "mire #tok-7"},
            file={"type": "file_input", "file_id": "file_1"},
        )
        answer = texts(talk.until("agent_response_complete"))

    assert answer[0].endswith("#tok-7")


def test_a_private_agent_refuses_who_comes_without_a_right(live):
    for key in (None, "sk_wrong"):
        with live.connect(key=key) as talk:
            code, _, frames = talk.closed()
        assert (code, frames[-1]["type"]) == (1008, "error")


def test_a_public_agent_takes_everyone_and_an_unknown_agent_does_not_exist(live):
    with live.talk(live.agent(enable_auth=False), key=None) as talk:
        assert talk.receive()["type"] == "conversation_initiation_metadata"

    with live.connect("agent_nobody") as talk:
        code, reason, _ = talk.closed()
    assert code == 1008
    assert "does not exist" in reason


def test_a_signed_url_opens_the_conversation_whose_id_it_told(live):
    query = {"agent_id": AGENT, "include_conversation_id": "true"}
    signed = live.http.get("/v1/convai/conversation/get-signed-url", params=query).json()

    with live.talk(key=None, url=signed["signed_url"]) as talk:
        event = talk.receive()["conversation_initiation_metadata_event"]
    with live.connect(key=None, url=signed["signed_url"]) as talk:
        again, _, _ = talk.closed()

    assert event["conversation_id"] == signed["conversation_id"]
    assert again == 1008


def test_the_sub_protocol_is_taken_where_it_is_offered(live):
    headers = {"xi-api-key": KEY}
    address = f"{live.socket_url}?agent_id={AGENT}"
    with connect(
        address, additional_headers=headers, subprotocols=["convai"], proxy=None
    ) as socket:
        assert socket.subprotocol == "convai"


def test_too_many_at_once_are_refused_at_the_handshake(live):
    live.settings(concurrency_limit=1)
    with live.talk(), pytest.raises(InvalidStatus) as refused, live.talk():
        pass

    assert refused.value.response.status_code == 429
    detail = json.loads(refused.value.response.body)["detail"]
    assert detail["status"] == "too_many_concurrent_requests"


def test_a_text_session_becomes_a_conversation_without_a_phone_call(live):
    with live.talk(a_silent_agent(live)) as talk:
        name = talk.receive()["conversation_initiation_metadata_event"]["conversation_id"]
        talk.ask("hola")

    def analysed():
        found = live.http.get(f"/v1/convai/conversations/{name}").json()
        return found if found["status"] == "done" else None

    conversation = live.until(analysed)
    assert conversation["metadata"]["phone_call"] is None
    assert conversation["metadata"]["text_only"] is True
    assert [turn["role"] for turn in conversation["transcript"]] == ["user", "agent"]


def test_the_log_tells_every_frame_with_its_time(live):
    with live.talk(a_silent_agent(live)) as talk:
        name = talk.receive()["conversation_initiation_metadata_event"]["conversation_id"]
        assert [s["conversation_id"] for s in live.control("GET", "/sockets")] == [name]
        talk.ask("ok")
        log = live.control("GET", f"/sessions/{name}")

    sent = [row["frame"]["type"] for row in log["frames"] if row["direction"] == "in"]
    times = [row["at"] for row in log["frames"]]
    assert sent == ["conversation_initiation_client_data", "user_message"]
    assert times == sorted(times)
    assert live.until(lambda: live.control("GET", "/sockets") == [])


def test_the_classic_dialect_answers_as_the_original_document_has_it(live):
    with live.connect(dialect="classic") as talk:
        talk.send(
            "conversation_initiation",
            conversation_config={
                "conversation_id": "conv_xxx",
                "input_audio_format": None,
                "output_audio_format": None,
                "mode": "text",
            },
            user={
                "name": "Alejandro",
                "metadata": {
                    "source": "whatsapp",
                    "phone": "+573138539155",
                    "context": "Resumen de la llamada: su pedido es el pedido 7431.",
                },
            },
        )
        talk.send("user_message", message="¿Cuál era mi pedido? #tok-8")
        answer = talk.receive()
        talk.send("user_message", message="hola")
        greeting = talk.receive()

    assert set(answer) == {"type", "message"}
    assert "pedido 7431" in answer["message"]
    assert answer["message"].endswith("#tok-8")
    assert greeting["message"].startswith("Hola, Alejandro")


def test_unsolicited_text_is_an_event_of_its_own(live):
    with live.talk(a_silent_agent(live)) as talk:
        name = talk.receive()["conversation_initiation_metadata_event"]["conversation_id"]
        live.control("POST", f"/sockets/{name}/say", {"text": "¿Sigue ahí?"})
        said = talk.until("agent_response")

    assert texts(said) == ["¿Sigue ahí?"]


def test_a_socket_can_be_closed_and_dropped_from_outside(live):
    with live.talk() as talk:
        name = talk.receive()["conversation_initiation_metadata_event"]["conversation_id"]
        live.control("POST", f"/sockets/{name}/close", {"code": 1011, "reason": "oops"})
        assert talk.closed()[:2] == (1011, "oops")

    with live.talk() as talk:
        name = talk.receive()["conversation_initiation_metadata_event"]["conversation_id"]
        live.control("POST", f"/sockets/{name}/drop")
        assert talk.closed()[0] == 1006


@pytest.mark.parametrize("point", ["connected", "metadata", "before_answer", "mid_answer"])
def test_a_drop_is_a_reset_at_the_point_wished(live, point):
    live.faults(drop={"value": point, "times": 1})
    with live.connect(a_silent_agent(live)) as talk, pytest.raises(ConnectionClosed) as lost:
        _talk_until_it_breaks(talk)

    assert lost.value.rcvd is None


def test_a_drop_after_the_answer_leaves_the_answer(live):
    live.faults(drop="after_answer")
    with live.talk(a_silent_agent(live, answer_order="response_only")) as talk:
        talk.send("user_message", text="ok #tok-9")
        code, _, frames = talk.closed()

    assert code == 1006
    assert kinds(frames) == ["conversation_initiation_metadata", "agent_response"]


def test_a_close_tells_code_type_and_reason_of_ones_choice(live):
    live.faults(
        close={"at": "before_answer", "code": 1002, "error_type": "llm_timeout", "reason": "slow"}
    )
    with live.talk(a_silent_agent(live)) as talk:
        talk.send("user_message", text="ok")
        code, reason, frames = talk.closed()

    assert (code, reason) == (1002, "slow")
    assert frames[-1]["error_event"]["error_type"] == "llm_timeout"


def test_the_faults_of_an_answer_strike_as_often_as_wished(live):
    agent = a_silent_agent(
        live, answer_order="response_only", client_events=list(CHAT_CLIENT_EVENTS)
    )
    live.faults(agent_id=agent, duplicate_answer={"times": 1})
    with live.talk(agent) as talk:
        twice, once = talk.ask("ok"), talk.ask("ok")
        live.faults(empty_stream={"times": 1})
        empty = talk.ask("ok")
        live.faults(silence={"times": 1})
        talk.send("user_message", text="ok")
        with pytest.raises(TimeoutError):
            talk.receive(timeout=0.2)

    assert (len(twice), len(once), empty) == (2, 1, [])


def test_a_late_answer_comes_after_the_next_question_with_its_own_event(live):
    live.faults(late_answer_s={"value": 1, "times": 1})
    with live.talk(a_silent_agent(live, answer_order="response_only")) as talk:
        talk.receive()
        talk.send("user_message", text="ok #tok-1")
        second = talk.ask("y ahora #tok-2")
        late = talk.until("agent_response_complete")

    assert second[0].endswith("#tok-2")
    assert texts(late)[0].endswith("#tok-1")
    assert late[-1]["agent_response_complete_event"]["event_id"] == 1


def test_broken_and_unknown_frames_are_sprinkled_in(live):
    live.faults(malformed_frame="{oops", unknown_frames=True)
    with live.talk(a_silent_agent(live, answer_order="response_only")) as talk:
        talk.receive()
        talk.send("user_message", text="ok")
        raw = [talk.socket.recv(timeout=2) for _ in range(3)]

    assert raw[0] == "{oops"
    assert json.loads(raw[1])["type"] == "internal_simulated_event"
    assert json.loads(raw[2])["type"] == "agent_response"


def test_a_handshake_can_be_refused_a_number_of_times(live):
    live.faults(handshake_status={"value": 429, "times": 1})
    with pytest.raises(InvalidStatus), live.talk():
        pass

    with live.talk() as talk:
        assert talk.receive()["type"] == "conversation_initiation_metadata"


def test_the_agent_of_the_tests_sends_every_event_it_can():
    assert set(EVERY_EVENT) >= {"agent_tool_response", "context_usage", "client_tool_call"}
