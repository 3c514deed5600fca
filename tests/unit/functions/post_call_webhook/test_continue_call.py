from __future__ import annotations

import json

import pytest

from conversation.adapters.gateway import Request
from conversation.batches import Decision, Outcome
from conversation.errors import Defect, Refused, Transient
from conversation.signals import Recorded, Signal
from functions.post_call_webhook.continue_call import PostCall
from tests.calls import NOW, MemoryDecisions, a_call
from tests.unit.functions.post_call_webhook.test_signature import SECRET, signed


class Continuing:
    def __init__(self, outcome=None):
        self.calls = []
        self.outcome = outcome or Decision(Outcome.STARTED, None, "C")

    def __call__(self, call, now):
        self.calls.append(call)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def taken(body, *, call=None, outcome=None, method="POST"):
    """What was continued, recorded and told of ``body``, well signed."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    continuing, decisions, signals = Continuing(outcome), MemoryDecisions(), Recorded()

    def read_call(document):
        if document == {"broken": True}:
            raise Refused("no id", reason="unreadable")
        return call

    post_call = PostCall(
        secret=SECRET,
        continuation=continuing,
        decisions=decisions,
        read_call=read_call,
        signals=signals,
    )
    request = Request(method, "/", "", {"elevenlabs-signature": signed(raw)}, raw)
    post_call.take(request, NOW)
    return continuing.calls, decisions.told(), signals.names()


TRANSCRIPT = {"type": "post_call_transcription", "event_timestamp": 1, "data": {"x": 1}}


def test_a_phone_call_is_continued_and_recorded_with_its_batch():
    calls, told, _ = taken(TRANSCRIPT, call=a_call())

    assert calls == [a_call()]
    assert told == {"rcpt_1": ("started", None)}


def test_a_single_call_is_recorded_under_its_own_id():
    _, told, _ = taken(TRANSCRIPT, call=a_call(batch_id=None, recipient_id=None))

    assert told == {"conv_1": ("started", None)}


def test_a_text_session_of_our_own_starts_nothing():
    assert taken(TRANSCRIPT, call=None) == ([], {}, [])


@pytest.mark.parametrize(
    ("failure", "reason"), [("busy", "busy"), ("no-answer", "no_answer"), ("odd", "not_reached")]
)
def test_a_call_that_never_came_about_is_recorded_with_its_reason(failure, reason):
    data = {"agent_id": "a", "conversation_id": "conv_9", "failure_reason": failure}

    calls, told, _ = taken({"type": "call_initiation_failure", "data": data})

    assert calls == []
    assert told == {"conv_9": ("not_started", reason)}


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"post_call_audio","event_timestamp":1,"data":{"full_audio":"' + b"A" * 10**6,
        b' { "type" : "something_new", nonsense',
        {"event_timestamp": 1, "type": "post_call_audio", "data": {}},
        {"type": "call_initiation_failure", "data": {}},
        {"type": "post_call_transcription", "data": None},
        {"no": "type"},
    ],
)
def test_sound_and_unknown_events_are_dropped(body):
    assert taken(body, call=a_call()) == ([], {}, [])


@pytest.mark.parametrize(
    "body", [b"not json", b"[]", {"type": "post_call_transcription", "data": {"broken": True}}]
)
def test_what_is_signed_but_makes_no_sense_is_told_and_not_asked_for_again(body):
    assert taken(body, call=a_call()) == ([], {}, [Signal.WEBHOOK_REFUSED])


def test_a_table_that_does_not_answer_has_elevenlabs_come_again():
    with pytest.raises(Transient):
        taken(TRANSCRIPT, call=a_call(), outcome=Transient("busy", reason="table_busy"))


def test_a_fault_of_ours_is_told_and_not_asked_for_again():
    defect = Defect("too large", reason="bad_transaction")

    _, told, signals = taken(TRANSCRIPT, call=a_call(), outcome=defect)

    assert (told, signals) == ({}, [Signal.DEFECT_FOUND])


def test_only_a_post_is_taken():
    with pytest.raises(Refused, match="POST"):
        taken(TRANSCRIPT, method="GET")
