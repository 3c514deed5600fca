from __future__ import annotations

from datetime import timedelta

from conversation.openers import Occasion, Opener, Skip
from conversation.renewal import CALL_FIELDS, renewed
from conversation.state import ConversationState, Status
from tests.calls import NOW, a_call, start_settings


def after(call=None, skip=None, **before):
    state = ConversationState(contact_id="C", **before)
    occasion = Occasion(call or a_call(), state, start_settings(), NOW)
    return renewed(occasion, Opener("Hola", skip=skip))


def test_a_first_call_fills_the_conversation():
    state = after()

    assert (state.phone_number, state.address) == ("+573138539155", "whatsapp:+573138539155")
    assert (state.agent_id, state.batch_id, state.recipient_id) == ("agent_1", "btcal_1", "rcpt_1")
    assert (state.call_id, state.call_duration_secs, state.language) == ("conv_1", 60, "es")
    assert (state.client_name, state.call_summary) == ("Ana", "Hablaron del pedido 7431.")
    assert (state.started_at, state.opener_at, state.last_message_at) == (NOW, NOW, NOW)
    assert (state.status, state.message_count, state.context_version) == (Status.ACTIVE, 1, 1)
    assert state.calls == ()


def test_variables_that_elevenlabs_makes_are_not_passed_on():
    assert after().dynamic_variables == {"nombre": "Ana", "pedido": "7431"}


def test_a_new_call_replaces_all_that_the_former_brought():
    state = after(
        a_call(batch_id=None, recipient_id=None, summary=None, dynamic_variables={}),
        call_id="conv_0", call_ended_at=NOW - timedelta(days=2), agent_id="agent_0",
        batch_id="b", recipient_id="r", call_summary="Antes.", dynamic_variables={"deuda": 5},
        branch_id="branch", environment="staging", custom_llm_extra_body={"a": 1}, user_id="u",
        call_duration_secs=7, context_version=3, address="whatsapp:CO.1", client_name="Eva",
    )  # fmt: skip

    replaced = {name: getattr(state, name) for name in CALL_FIELDS}
    assert {name for name, value in replaced.items() if value} == {
        "agent_id", "call_duration_secs", "call_id", "call_ended_at",
    }  # fmt: skip
    assert state.context_version == 4
    assert (state.address, state.client_name) == ("whatsapp:CO.1", "Eva")
    (former,) = state.calls
    assert (former["call_id"], former["call_summary"], former["batch_id"]) == (
        "conv_0", "Antes.", "b",
    )  # fmt: skip


def test_five_former_calls_are_kept_the_newest_first():
    calls = tuple(
        {"call_id": f"c{n}", "ended_at": (NOW - timedelta(days=n)).isoformat()} for n in range(2, 7)
    )

    state = after(calls=calls, call_id="c1", call_ended_at=NOW - timedelta(days=1))

    assert [call["call_id"] for call in state.calls] == ["c1", "c2", "c3", "c4", "c5"]


def test_a_call_that_ended_before_the_present_one_only_joins_the_former():
    state = after(
        skip=Skip.SUPERSEDED, call_id="conv_2", call_ended_at=NOW, agent_id="agent_2",
        context_version=1, client_name="Eva", status=Status.WAITING_PERSON,
    )  # fmt: skip

    assert (state.call_id, state.agent_id, state.client_name) == ("conv_2", "agent_2", "Eva")
    assert state.status is Status.WAITING_PERSON
    assert [call["call_id"] for call in state.calls] == ["conv_1"]
    assert state.context_version == 2


def test_an_opener_that_is_skipped_neither_counts_nor_begins_a_cool_down():
    earlier = NOW - timedelta(hours=1)

    state = after(skip=Skip.COOLDOWN, opener_at=earlier, message_count=4)

    assert (state.opener_at, state.message_count) == (earlier, 4)
    assert state.status is Status.ACTIVE


def test_a_missing_template_needs_attention():
    state = after(skip=Skip.NEEDS_TEMPLATE)

    assert (state.status, state.reason) == (Status.NEEDS_ATTENTION, "needs_template")


def test_who_left_stays_out():
    assert after(skip=Skip.OPTED_OUT, opted_out=True).status is Status.OPTED_OUT


def test_the_profile_name_stands_in_for_a_name():
    assert after(a_call(dynamic_variables={}), profile_name="Lu").client_name == "Lu"


def test_a_language_that_is_not_known_keeps_the_former():
    assert after(a_call(language=None), language="en").language == "en"
