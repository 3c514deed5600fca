from __future__ import annotations

from datetime import timedelta

import pytest

from conversation.batches import Decision, Outcome
from conversation.calls import CallResult, CallState
from conversation.contacts import contact_id_of
from conversation.eligibility import Why
from conversation.errors import Transient
from conversation.messages import Kind, OutboundState
from conversation.pacing import Unpaced
from conversation.signals import Recorded, Signal
from conversation.state import ConversationState
from tests.calls import (
    NOW,
    NUMBER,
    PEPPER,
    Bells,
    MemoryStarts,
    a_call,
    a_continuation,
)

CONTACT = contact_id_of(NUMBER, PEPPER)


def known(**fields):
    return ConversationState(contact_id=CONTACT, **fields)


def test_a_finished_call_becomes_one_conversation_and_both_sides_are_rung():
    starts, bells, signals = MemoryStarts(), Bells(), Recorded()

    decision = a_continuation(starts, bells=bells, signals=signals)(a_call(), NOW)

    assert decision == Decision(Outcome.STARTED, None, CONTACT)
    (opener,) = starts.openers
    assert (opener.kind, opener.state) == (Kind.OPENER, OutboundState.PENDING)
    assert (opener.conversation_id, opener.sent_at) == (CONTACT, NOW)
    assert bells.kinds() == ["outbox", "inbox"]
    assert {bell.key for bell in bells} == {opener.message_key}
    assert signals.names() == [Signal.CONVERSATION_STARTED]


def test_neither_number_nor_text_is_in_any_event():
    signals = Recorded()

    a_continuation(MemoryStarts(), signals=signals)(a_call(), NOW)

    assert NUMBER not in str(signals)
    assert "Ana" not in str(signals)


def test_a_call_that_is_not_to_be_continued_touches_nothing():
    starts, bells = MemoryStarts(), Bells()
    call = a_call(result=CallResult.VOICEMAIL)

    decision = a_continuation(starts, bells=bells)(call, NOW)

    assert decision == Decision(Outcome.NOT_STARTED, Why.VOICEMAIL)
    assert (starts.states, bells) == ({}, [])


def test_a_call_in_analysis_is_waited_for_and_then_started_without_a_summary():
    starts = MemoryStarts()
    continuation = a_continuation(starts)
    call = a_call(state=CallState.PROCESSING, summary=None)

    early = continuation(call, NOW)
    late = continuation(call, NOW + timedelta(hours=1))

    assert early == Decision(Outcome.WAITING, Why.PROCESSING)
    assert late.outcome is Outcome.STARTED
    assert starts.states[CONTACT].call_summary is None


def test_the_same_call_brought_again_starts_nothing_and_rings_for_what_is_still_pending():
    starts, bells = MemoryStarts(), Bells()
    bells.broken = True
    continuation = a_continuation(starts, bells=bells)
    continuation(a_call(), NOW)  # stored, and killed before it rang
    bells.broken = False

    again = continuation(a_call(), NOW)

    assert again == Decision(Outcome.STARTED, None, CONTACT)
    assert len(starts.openers) == 1
    assert bells.kinds() == ["outbox", "inbox"]


def test_an_opener_that_has_gone_out_is_not_rung_for_again():
    starts, bells = MemoryStarts(), Bells()
    continuation = a_continuation(starts, bells=bells, OPENERS="dry-run")
    continuation(a_call(), NOW)

    again = continuation(a_call(), NOW)

    assert again == Decision(Outcome.STARTED, "dry_run", CONTACT)
    assert bells == []


def test_a_call_that_has_become_too_old_since_its_start_counts_as_started():
    starts = MemoryStarts()
    continuation = a_continuation(starts)
    continuation(a_call(), NOW)

    later = continuation(a_call(), NOW + timedelta(days=3))

    assert later.outcome is Outcome.STARTED


def test_two_starters_at_the_same_time_start_one_conversation():
    starts, bells = MemoryStarts(), Bells()
    webhook = a_continuation(starts, bells=bells)
    monitor = a_continuation(starts, bells=bells)
    starts.meanwhile = lambda: webhook(a_call(), NOW)

    decision = monitor(a_call(), NOW)

    assert decision.outcome is Outcome.STARTED
    assert len(starts.openers) == 1
    assert starts.states[CONTACT].context_version == 1


def test_two_calls_with_one_person_at_the_same_time_make_one_opener():
    starts = MemoryStarts()
    continuation = a_continuation(starts)
    other = a_call(call_id="conv_2", minutes_ago=2)
    starts.meanwhile = lambda: continuation(other, NOW)

    continuation(a_call(minutes_ago=1), NOW)

    reasons = {known.opener.reason for known in starts.started.values()}
    assert reasons == {None, "cooldown"}
    assert starts.states[CONTACT].call_id == "conv_1"
    assert [call["call_id"] for call in starts.states[CONTACT].calls] == ["conv_2"]


def test_a_message_that_comes_while_it_is_decided_keeps_the_opener_back():
    starts, bells = MemoryStarts(known(last_message_at=NOW)), Bells()
    starts.meanwhile = lambda: starts.change(last_inbound_at=NOW)

    decision = a_continuation(starts, bells=bells)(a_call(), NOW)

    assert decision.reason == "person_wrote"
    assert bells.kinds() == ["inbox"]


def test_the_cool_down_keeps_the_opener_back_and_nothing_else():
    starts, bells = MemoryStarts(known(opener_at=NOW - timedelta(hours=2))), Bells()

    decision = a_continuation(starts, bells=bells)(a_call(), NOW)

    assert decision == Decision(Outcome.STARTED, "cooldown", CONTACT)
    assert starts.states[CONTACT].call_id == "conv_1"
    (opener,) = starts.openers
    assert (opener.state, opener.reason) == (OutboundState.SKIPPED, "cooldown")
    assert bells.kinds() == ["inbox"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"OPENERS": "dry-run"}, "dry_run"), ({"ALLOWED_NUMBERS": "+573000000000"}, "not_allowed")],
)
def test_where_nobody_is_awaited_everything_is_recorded_and_nothing_rung(settings, reason):
    starts, bells = MemoryStarts(), Bells()

    decision = a_continuation(starts, bells=bells, **settings)(a_call(), NOW)

    (opener,) = starts.openers
    assert decision.reason == opener.reason == reason
    assert opener.content.startswith("Hola Ana")
    assert bells == []


def test_a_missing_template_is_told_once_with_its_remedy():
    starts, signals = MemoryStarts(), Recorded()

    a_continuation(starts, signals=signals, OPENER_CONTENT_SID="")(a_call(), NOW)

    (remedy,) = [keys["remedy"] for name, keys in signals if name is Signal.OPENER_NEEDS_TEMPLATE]
    assert "OPENER_CONTENT_SID" in remedy
    (opener,) = starts.openers
    assert (opener.state, opener.reason) == (OutboundState.SKIPPED, "needs_template")


def test_a_person_known_by_another_address_is_the_same_contact():
    starts = MemoryStarts()
    starts.aliases[CONTACT] = "OTHER"

    decision = a_continuation(starts)(a_call(), NOW)

    assert decision.contact_id == "OTHER"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+525512345678", "+5215512345678"),
        ("+541123456789", "+5491123456789"),
        ("+551187654321", "+5511987654321"),
    ],
)
def test_two_forms_of_one_number_are_one_person(one, other):
    starts = MemoryStarts()
    continuation = a_continuation(starts)

    first = continuation(a_call(number=one), NOW)
    second = continuation(a_call(number=other, call_id="conv_2", minutes_ago=1), NOW)

    assert first.contact_id == second.contact_id
    assert starts.states[first.contact_id].address == f"whatsapp:{one}"


def test_a_state_that_never_stands_still_is_come_back_to():
    starts = MemoryStarts(known())

    def change():
        starts.change(message_count=starts.states[CONTACT].message_count + 1)
        starts.meanwhile = change

    starts.meanwhile = change

    with pytest.raises(Transient, match="kept changing"):
        a_continuation(starts)(a_call(), NOW)


def test_while_the_outbox_is_full_a_call_waits_and_nothing_of_it_is_stored():
    starts, bells = MemoryStarts(), Bells()

    decision = a_continuation(starts, bells=bells, room=lambda: False)(a_call(), NOW)

    assert decision == Decision(Outcome.WAITING, Why.OUTBOX_FULL)
    assert (starts.openers, bells) == ([], [])


def test_a_call_that_was_started_before_the_outbox_filled_counts_as_started():
    starts = MemoryStarts()
    a_continuation(starts)(a_call(), NOW)

    again = a_continuation(starts, room=lambda: False)(a_call(), NOW)

    assert again.outcome is Outcome.STARTED


def test_a_full_outbox_takes_nothing_of_the_days_openers():
    class Pace(Unpaced):
        def take(self, now):
            raise AssertionError("taken for nothing")

    continuation = a_continuation(MemoryStarts(), pace=Pace(), room=lambda: False)

    assert continuation(a_call(), NOW).reason == Why.OUTBOX_FULL
    assert not continuation.worth_bringing()


def test_what_sends_nothing_waits_for_no_room():
    continuation = a_continuation(MemoryStarts(), room=lambda: False, OPENERS="dry-run")

    assert continuation(a_call(), NOW) == Decision(Outcome.STARTED, "dry_run", CONTACT)
