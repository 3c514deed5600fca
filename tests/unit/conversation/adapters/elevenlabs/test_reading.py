from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conversation.adapters.elevenlabs.reading import (
    batch_of,
    call_of,
    listed_call_of,
    next_of,
    read_rows,
    recipient_of,
)
from conversation.batches import Stage
from conversation.calls import CallDirection, CallResult, CallState
from conversation.errors import Refused

T = 1_790_000_000


def a_conversation(*, phone=None, metadata=None, **more):
    phone_call = {
        "type": "twilio",
        "direction": "outbound",
        "external_number": "+573138539155",
        "call_result": "answered",
        **(phone or {}),
    }
    return {
        "conversation_id": "conv_1",
        "agent_id": "agent_1",
        "status": "done",
        "metadata": {
            "start_time_unix_secs": T,
            "call_duration_secs": 60,
            "main_language": "es",
            "text_only": False,
            "phone_call": phone_call,
            "batch_call": {"batch_call_id": "b", "batch_call_recipient_id": "r"},
            **(metadata or {}),
        },
        "analysis": {"transcript_summary": "Pedido 7431.", "call_successful": "success"},
        "conversation_initiation_client_data": {
            "dynamic_variables": {"n": 1, "list": [1], "null": None},
            "branch_id": "branch",
            "custom_llm_extra_body": {"a": {"b": 1}},
            "user_id": "u",
        },
        "transcript": [],
        **more,
    }


def test_a_call_is_read_whole():
    call = call_of(a_conversation())

    assert (call.call_id, call.agent_id, call.number) == ("conv_1", "agent_1", "+573138539155")
    assert (call.batch_id, call.recipient_id) == ("b", "r")
    assert (call.state, call.result) == (CallState.DONE, CallResult.ANSWERED)
    assert call.ended_at == datetime.fromtimestamp(T + 60, UTC)
    assert (call.language, call.summary, call.user_id) == ("es", "Pedido 7431.", "u")
    assert call.dynamic_variables == {"n": 1, "null": None}
    assert (call.branch_id, call.custom_llm_extra_body) == ("branch", {"a": {"b": 1}})


@pytest.mark.parametrize("metadata", [{"phone_call": None}, {"text_only": True}])
def test_our_own_text_sessions_are_no_calls(metadata):
    assert call_of(a_conversation(metadata=metadata)) is None


@pytest.mark.parametrize("document", [{}, {"metadata": None}, {"metadata": []}])
def test_a_document_without_a_phone_call_is_none(document):
    assert call_of(document) is None


@pytest.mark.parametrize(
    ("status", "analysis", "state"),
    [
        ("initiated", None, CallState.GOING_ON),
        ("in-progress", None, CallState.GOING_ON),
        ("processing", None, CallState.PROCESSING),
        ("done", None, CallState.PROCESSING),
        ("done", {"transcript_summary": ""}, CallState.DONE),
        ("failed", None, CallState.FAILED),
        ("a-word-of-2027", None, CallState.PROCESSING),
    ],
)
def test_a_call_is_done_once_its_analysis_is_there(status, analysis, state):
    assert call_of(a_conversation(status=status, analysis=analysis)).state is state


@pytest.mark.parametrize(
    ("told", "result"),
    [
        ("answered", CallResult.ANSWERED),
        (None, CallResult.ANSWERED),
        ("a_word_of_2027", CallResult.ANSWERED),
        ("voicemail", CallResult.VOICEMAIL),
        ("busy", CallResult.NOT_REACHED),
        ("no_answer", CallResult.NOT_REACHED),
        ("failed", CallResult.NOT_REACHED),
    ],
)
def test_who_picked_up(told, result):
    assert call_of(a_conversation(phone={"call_result": told})).result is result


@pytest.mark.parametrize(
    ("is_error", "result"), [(False, CallResult.VOICEMAIL), (True, CallResult.ANSWERED)]
)
def test_a_machine_that_the_agent_noticed_is_voicemail(is_error, result):
    tool = {"tool_name": "voicemail_detection", "is_error": is_error}
    transcript = [None, {"tool_results": None}, {"tool_results": [None, tool]}]

    call = call_of(a_conversation(phone={"call_result": None}, transcript=transcript))

    assert call.result is result


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+573138539155", "+573138539155"),
        ("573138539155", "+573138539155"),
        ("sip:+573138539155@trunk.example;user=phone", "+573138539155"),
        ("anonymous", "anonymous"),
        (None, ""),
    ],
)
def test_numbers_as_carriers_give_them(given, number):
    assert call_of(a_conversation(phone={"external_number": given})).number == number


def test_a_direction_that_is_not_told_counts_as_inbound():
    call = call_of(a_conversation(phone={"direction": "sideways"}))

    assert call.direction is CallDirection.INBOUND


def test_a_call_without_its_id_is_refused():
    with pytest.raises(Refused) as told:
        call_of(a_conversation(conversation_id=None))

    assert told.value.reason == "unreadable"


def test_an_impossible_time_is_refused():
    with pytest.raises(Refused):
        call_of(a_conversation(metadata={"start_time_unix_secs": 10**18}))


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("pending", Stage.MOVING),
        ("dispatched", Stage.MOVING),
        ("initiated", Stage.MOVING),
        ("in_progress", Stage.MOVING),
        ("a_word_of_2027", Stage.MOVING),
        ("completed", Stage.COMPLETED),
        ("failed", Stage.FAILED),
        ("cancelled", Stage.CANCELLED),
        ("voicemail", Stage.VOICEMAIL),
    ],
)
def test_recipients_by_their_status(status, stage):
    recipient = recipient_of({"id": "r", "status": status, "updated_at_unix": T})

    assert (recipient.stage, recipient.call_id) == (stage, None)


@pytest.mark.parametrize(
    ("status", "finished"),
    [("pending", False), ("in_progress", False), ("paused", False), ("completed", True),
     ("failed", True), ("cancelled", True)],
)  # fmt: skip
def test_batches_by_their_status(status, finished):
    row = {"id": "b", "agent_id": "a", "status": status, "last_updated_at_unix": T}

    batch = batch_of(row)

    assert (batch.finished, batch.updated_unix) == (finished, T)


def test_a_row_of_the_list_of_conversations():
    row = {"conversation_id": "c", "agent_id": "a", "status": "done", "start_time_unix_secs": T}

    call = listed_call_of(row)

    assert (call.state, call.direction, call.started_unix) == (CallState.DONE, None, T)


def test_a_row_that_cannot_be_read_does_not_hide_the_others():
    answer = {"rows": [{"id": "a"}, {}, None, 5, {"id": ""}, {"id": "b"}]}

    assert [r.recipient_id for r in read_rows(answer, "rows", recipient_of)] == ["a", "b"]
    assert read_rows({"rows": None}, "rows", recipient_of) == []


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ({"has_more": True, "next": "x"}, "x"),
        ({"has_more": False, "next": "x"}, None),
        ({"has_more": True, "next": None}, None),
        ({}, None),
    ],
)
def test_where_a_list_goes_on(answer, following):
    assert next_of(answer, "next") == following


def test_a_number_that_is_none_counts_as_nothing():
    assert batch_of({"id": "b", "agent_id": "a", "last_updated_at_unix": 1e400}).updated_unix == 0


@pytest.mark.parametrize("results", [None, 7, "none", {}, [None, 7]])
def test_tool_results_of_any_shape_cost_no_call(results):
    document = a_conversation() | {"transcript": [{"role": "agent", "tool_results": results}, 7]}

    assert call_of(document).result is CallResult.ANSWERED
