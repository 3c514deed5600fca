"""The small parts: turns, initiation, faults, settings, webhooks, store, transcript, ids."""

import asyncio
import hashlib
import hmac
import ssl
from random import Random

import pytest

from infra.local.elevenlabs import frames
from infra.local.elevenlabs.agents import (
    DEFAULT_CLIENT_EVENTS,
    Agent,
    AnswerOrder,
    agent_from,
    definition_of,
    variables_named,
)
from infra.local.elevenlabs.classic import given_by
from infra.local.elevenlabs.faults import Faults
from infra.local.elevenlabs.ids import Ids
from infra.local.elevenlabs.initiation import ViolationError, check_frame, opening
from infra.local.elevenlabs.listing import page
from infra.local.elevenlabs.persona import Reply
from infra.local.elevenlabs.settings import SimulatorSettings, changed, shown
from infra.local.elevenlabs.shapes import UnreadableError, read_object
from infra.local.elevenlabs.signed_urls import LIFETIME_S, SignedUrls
from infra.local.elevenlabs.speech import Speech
from infra.local.elevenlabs.store import Store
from infra.local.elevenlabs.transcript import script_of
from infra.local.elevenlabs.turns import Manner, Pause, Reach, Send, pieces, turn
from infra.local.elevenlabs.webhooks import Webhooks, signature, worth_repeating
from infra.local.elevenlabs.wording import content, folded, language_of

IDS = Ids(Random(1))


def sent(steps):
    return [step.frame["type"] for step in steps if isinstance(step, Send)]


def test_a_turn_thinks_reaches_its_points_and_completes():
    steps = list(turn(Reply("ok"), 1, Manner(AnswerOrder.RESPONSE_ONLY, thinking_s=2), IDS))

    assert steps[0] == Pause(2)
    assert [step.point for step in steps if isinstance(step, Reach)] == [
        "before_answer",
        "mid_answer",
        "after_answer",
    ]
    assert sent(steps)[-2:] == ["agent_response_complete", "context_usage"]


def test_a_silent_turn_sends_nothing():
    steps = list(turn(Reply("ok"), 1, Manner(AnswerOrder.RESPONSE_ONLY, silent=True), IDS))

    assert sent(steps) == []


@pytest.mark.parametrize("text", ["", "one", "a b c d e f", "two  spaces\n\nand lines  "])
def test_pieces_joined_are_the_text(text):
    assert "".join(pieces(text)) == text


def test_frames_outside_the_client_events_are_held_back():
    answer, part = frames.agent_response("x", 1, "r"), frames.part("start", "", 1, "r")
    complete = frames.response_complete(1)
    events = (*DEFAULT_CLIENT_EVENTS, "agent_chat_response_part")

    assert frames.let_through(answer, events, text_only=True)
    assert frames.let_through(part, events, text_only=True)
    assert not frames.let_through(part, events, text_only=False)
    assert not frames.let_through(complete, events, text_only=True)
    assert frames.let_through(frames.error(1008, "unknown", ""), (), text_only=True)


def test_an_interruption_tells_what_was_really_said():
    speech = Speech(event_id=3)
    for frame in (frames.part("start", "", 3, "r"), frames.part("delta", "Hola", 3, "r")):
        speech.heard(frame)

    stop, interruption, correction = speech.broken_off()

    assert stop["text_response_part"]["type"] == "stop"
    assert interruption["interruption_event"] == {"event_id": 3}
    assert correction["agent_response_correction_event"]["original_agent_response"] == "Hola"


def test_an_utterance_is_heard_once_in_whichever_order_it_comes():
    speech = Speech(event_id=1)
    stream = [frames.part("delta", "Hola", 1, "r"), frames.part("stop", "", 1, "r")]

    heard = [speech.heard(frame) for frame in (*stream, frames.agent_response("Hola", 1, "r"))]

    assert heard == [None, "Hola", None]


def test_parts_of_a_late_answer_do_not_touch_the_speech():
    speech = Speech(event_id=2)

    speech.heard(frames.part("delta", "late", 1, "r"))

    assert not speech.begun


def test_an_opening_takes_overrides_and_variables():
    agent = Agent("a", first_message="Hola {{name}}", prompt="{{system__time_utc}}")
    first = {
        "conversation_config_override": {
            "agent": {"language": "en", "first_message": "Hi {{ name }}"},
            "conversation": {"text_only": True, "max_duration_seconds": 120},
            "asr": {"keywords": ["x"]},
        },
        "dynamic_variables": {"name": "Ana", "vip": True, "debt": 12.5, "gone": None},
    }

    made = opening(first, agent)

    assert made.first_message == "Hi Ana"
    assert (made.language, made.text_only, made.max_duration_s) == ("en", True, 120)
    assert made.variables == {"name": "Ana", "vip": "true", "debt": "12.5"}


def test_an_empty_first_message_suppresses_the_greeting_and_its_variables():
    agent = Agent("a", first_message="Hola {{name}}")
    first = {"conversation_config_override": {"agent": {"first_message": ""}}}

    assert opening(first, agent).first_message == ""


def test_a_body_for_the_model_needs_its_toggle():
    agent = Agent("a", custom_llm_extra_body=False)

    assert opening({"custom_llm_extra_body": {}}, agent)
    with pytest.raises(ViolationError, match="custom_llm_extra_body"):
        opening({"custom_llm_extra_body": {"x": 1}}, agent)


def test_audio_has_no_type():
    assert check_frame({"user_audio_chunk": "AAAA"}) == "user_audio_chunk"


def test_names_in_braces_are_the_variables_without_the_providers_own():
    assert variables_named("{{a}} {{ b_c }} {{a}} {{system__x}} {d}") == ("a", "b_c")


def test_a_definition_can_be_read_back():
    definition = {"name": "X", "tools": ["end_call", {"name": "t", "kind": "client"}]}
    agent = agent_from(definition, "a")

    assert agent_from(definition_of(agent), "a") == agent


def test_all_strings_of_a_classic_initiation_are_context():
    first = {
        "type": "conversation_initiation",
        "conversation_config": {"conversation_id": "conv_1", "mode": "text"},
        "user": {"name": "Ana", "metadata": {"phone": "+1", "context": "c", "deep": {"x": "y"}}},
        "extra": "e",
    }

    assert given_by(first) == {"extra": "e", "phone": "+1", "context": "c", "x": "y", "name": "Ana"}


def test_a_fault_strikes_as_often_as_wished_and_the_agents_own_goes_first():
    faults = Faults()
    faults.switch("silence", {"times": 2})
    faults.switch("answer_delay_s", {"value": 3, "times": 1}, "agent_1")
    faults.switch("answer_delay_s", 1)

    assert [faults.take("silence") for _ in range(3)] == [True, True, None]
    assert [faults.seconds("answer_delay_s", "agent_1") for _ in range(2)] == [3.0, 1.0]


def test_a_fault_of_a_point_waits_for_its_point():
    faults = Faults()
    faults.switch("close", {"value": {"at": "mid_answer", "code": 1011}, "times": 1})

    assert faults.at("close", "before_answer", "") is None
    assert faults.at("close", "mid_answer", "") == {"at": "mid_answer", "code": 1011}
    assert faults.at("close", "mid_answer", "") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("nothing", True), ("drop", "nowhere"), ("latency_s", "slow"), ("handshake_status", True)],
)
def test_a_fault_that_makes_no_sense_is_refused(name, value):
    with pytest.raises(ValueError, match=name if name != "nothing" else "unknown fault"):
        Faults().switch(name, value)


@pytest.mark.parametrize("off", [None, False, 0, {"value": True, "times": 0}])
def test_a_fault_can_be_switched_off(off):
    faults = Faults()
    faults.switch("silence", setting=True)
    faults.switch("silence", off)

    assert faults.shown() == {}


def test_settings_change_by_name_and_every_wrong_one_is_told():
    settings = SimulatorSettings(api_key="k")

    assert changed(settings, {"call_seconds": 5, "idle_timeout_s": None}).call_seconds == 5
    with pytest.raises(ValueError, match=r"call_seconds.*nope"):
        changed(settings, {"nope": 1, "call_seconds": -1})
    assert "api_key" not in shown(settings)


def test_the_signature_is_the_published_one():
    expected = hmac.new(b"wsec", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()

    assert signature("wsec", b'{"a":1}', 1_700_000_000) == f"t=1700000000,v0={expected}"


@pytest.mark.parametrize(
    ("kind", "status", "again"),
    [
        ("post_call_transcription", 500, True),
        ("post_call_transcription", 429, True),
        ("post_call_transcription", 408, True),
        ("post_call_transcription", None, True),
        ("post_call_transcription", 404, False),
        ("post_call_transcription", 200, False),
        ("call_initiation_failure", 500, False),
    ],
)
def test_only_what_may_heal_is_sent_again(kind, status, again):
    assert worth_repeating({"type": kind}, status) is again


def test_many_sessions_that_end_at_once_read_the_certificates_once(monkeypatch):
    reads = []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: reads.append(1))
    settings = SimulatorSettings(api_key="k", webhook_url="http://127.0.0.1:1/")
    over = {"conversation_id": "conv_1", "status": "done"}

    async def end_all():
        webhooks = Webhooks(lambda: 0.0)
        for _ in range(5):
            webhooks.tell(over, settings)
        while sum(len(each.statuses) for each in webhooks.deliveries) < 5:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        await webhooks.close()
        return [delivery.statuses for delivery in webhooks.deliveries]

    assert asyncio.run(end_all()) == [[None]] * 5
    assert len(reads) <= 1


def test_the_store_keeps_its_order_over_a_restart_and_an_update(tmp_path):
    store = Store(tmp_path)
    store.put("batch", "b", {"n": 1})
    store.put("batch", "a", {"n": 2})
    store.put("batch", "b", {"n": 3})
    store.close()

    again = Store(tmp_path)

    assert again.all("batch") == [{"n": 3}, {"n": 2}]
    assert again.delete("batch", "a")
    assert not again.delete("batch", "a")
    again.clear()
    assert again.all("batch") == []
    again.close()


def test_a_signature_is_good_for_its_agent_for_a_quarter_of_an_hour():
    now = [0.0]
    urls = SignedUrls(IDS, lambda: now[0])
    plain, _ = urls.issue("a", with_conversation=False)
    once, name = urls.issue("a", with_conversation=True)

    assert urls.redeem(plain, "b") is None
    assert urls.redeem(plain, "a") == urls.redeem(plain, "a")
    assert urls.redeem(once, "a").conversation_id == name
    assert urls.redeem(once, "a") is None
    now[0] = LIFETIME_S
    assert urls.redeem(plain, "a") is None


@pytest.mark.parametrize(("language", "word"), [("es", "Anote"), ("en", "note"), ("fr", "Anote")])
def test_a_call_says_every_variable_in_its_language(language, word):
    given = {"fact": "pedido 7431", "debt": 120, "vip": True, "name": "Ana", "secret__x": "no"}
    script = script_of(Agent("a"), given, language)

    said = " ".join(line.message for line in script.lines)
    for text in (said, script.summary):
        assert "pedido 7431" in text
        assert "debt: 120" in text
        assert "vip: true" in text
        assert "no" not in text.split()
    assert word in said
    assert "Ana" in script.summary


def test_a_page_ends_where_its_rows_end():
    rows = [{"id": str(n)} for n in range(3)]

    assert page(rows, "id", None, 2).next == "1"
    assert page(rows, "id", "1", 2).rows == [{"id": "2"}]
    assert not page(rows, "id", "1", 2).has_more
    assert page(rows, "id", "gone", 2).rows == []


def test_words_are_compared_without_accents_case_and_plurals():
    assert folded("  ¿Cuál  ERA?") == "¿cual era?"
    assert content("mis pedidos") == content("El pedido")


@pytest.mark.parametrize(
    ("text", "language"), [("hola señor", "es"), ("where is it", "en"), ("ok", None), ("", None)]
)
def test_the_language_is_guessed_only_where_words_tell_it(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("raw", ["", "{", "[]", "1", b"\xff", "[" * 100_000])
def test_what_is_no_object_is_refused(raw):
    with pytest.raises(UnreadableError):
        read_object(raw)


def test_ids_look_like_the_providers():
    assert len(IDS.new("conv")) == len("conv_4701k8fcsvhaes5s1h6tw894g98s")
    assert len(IDS.sid("CA")) == 34
