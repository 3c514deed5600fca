"""Starts on moto's DynamoDB: one transaction, its conditions, and what they let through."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from conversation.adapters.tables.batches import BatchesTable
from conversation.adapters.tables.starts import StartsTable
from conversation.batches import Decision, Mark, Outcome
from conversation.contacts import alias_id, contact_id_of
from conversation.identifiers import CallId
from conversation.messages import OutboundState
from tests.calls import NOW, NUMBER, PEPPER, Bells, a_call, a_continuation

CONTACT = contact_id_of(NUMBER, PEPPER)


@pytest.fixture
def new_token():
    numbers = itertools.count()
    return lambda: f"token-{next(numbers)}"


@pytest.fixture
def starts(tables, pace, chance, new_token):
    made = StartsTable(
        tables, shards=4, keep_days=30, pace=pace, chance=chance, new_token=new_token
    )
    made.first_start(NOW - timedelta(days=30))
    return made


class Interleaved:
    """A store where something else happens between a decision and its transaction, once."""

    def __init__(self, starts, meanwhile):
        self.starts = starts
        self.meanwhile = meanwhile

    def __getattr__(self, name):
        return getattr(self.starts, name)

    def begin(self, start):
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return self.starts.begin(start)


def messages(tables, contact_id=CONTACT):
    return list(tables.messages.query(contact_id))


def test_the_first_start_is_recorded_once_for_the_whole_deployment(tables, pace, chance, new_token):
    first, second = (
        StartsTable(tables, shards=4, keep_days=0, pace=pace, chance=chance, new_token=new_token)
        for _ in range(2)
    )

    assert first.first_start(NOW) == NOW
    assert second.first_start(NOW + timedelta(hours=1)) == NOW
    assert first.first_start(NOW + timedelta(hours=2)) == NOW
    assert tables.known_ids.get("first_start").expires_at is None


def test_a_start_writes_the_call_the_state_and_the_opener(tables, starts):
    a_continuation(starts)(a_call(), NOW)

    known = tables.known_ids.get("call#conv_1")
    (opener,) = messages(tables)
    state = starts.state(CONTACT)
    assert (known.contact_id, known.message_key) == (CONTACT, opener.message_key)
    assert (opener.state, opener.pending[:4], opener.kind) == ("PENDING", "out#", "opener")
    assert opener.expires_at == int((NOW + timedelta(days=30)).timestamp())
    assert (state.client_name, state.call_summary) == ("Ana", "Hablaron del pedido 7431.")
    assert state.dynamic_variables == {"nombre": "Ana", "pedido": "7431"}
    assert (state.message_count, state.context_version, state.opener_at) == (1, 1, NOW)
    assert state.address == "whatsapp:+573138539155"
    listed = list(tables.state.by_status.query("active"))
    assert [item.contact_id for item in listed] == [CONTACT]
    assert [item.last_message_key for item in listed] == [opener.message_key]


def test_a_start_changes_named_fields_and_leaves_the_rest(tables, starts):
    model = tables.state
    model(contact_id=CONTACT).update(
        [model.epoch.set(7), model.open_on.set("2"), model.address.set("whatsapp:CO.1"),
         model.batch_id.set("old"), model.recipient_id.set("old"), model.user_id.set("u"),
         model.message_count.set(5), model.started_at.set(NOW - timedelta(days=9))]
    )  # fmt: skip

    a_continuation(starts, CONTINUE_CALLS="all")(a_call(batch_id=None, recipient_id=None), NOW)

    item = model.get(CONTACT)
    assert (item.epoch, item.open_on, item.address) == (7, "2", "whatsapp:CO.1")
    assert (item.batch_id, item.recipient_id, item.user_id) == (None, None, None)
    assert (item.message_count, item.started_at) == (6, NOW - timedelta(days=9))


def test_a_second_call_keeps_the_first_among_the_former(starts):
    continuation = a_continuation(starts, OPENER_COOLDOWN_DAYS="0")
    continuation(a_call(), NOW)

    continuation(a_call(call_id="conv_2", minutes_ago=1), NOW)

    state = starts.state(CONTACT)
    assert (state.call_id, state.context_version, state.message_count) == ("conv_2", 2, 2)
    assert [call["call_id"] for call in state.calls] == ["conv_1"]


def test_two_monitors_and_the_webhook_at_the_same_time_start_one_conversation(tables, starts):
    webhook = a_continuation(starts)
    second = a_continuation(Interleaved(starts, lambda: webhook(a_call(), NOW)))
    first = a_continuation(Interleaved(starts, lambda: second(a_call(), NOW)))

    decision = first(a_call(), NOW)

    assert decision == Decision(Outcome.STARTED, None, CONTACT)
    assert len(messages(tables)) == 1
    state = starts.state(CONTACT)
    assert (state.context_version, state.message_count) == (1, 1)


def test_killed_between_the_transaction_and_the_rings_it_is_rung_for_again(tables, starts):
    class Killed(Exception):
        pass

    class KillingBells:
        def ring(self, bell):
            raise Killed

    with pytest.raises(Killed):
        a_continuation(starts, bells=KillingBells())(a_call(), NOW)
    bells = Bells()

    a_continuation(starts, bells=bells)(a_call(), NOW)

    (opener,) = messages(tables)
    assert [(bell.kind, bell.key) for bell in bells] == [
        ("outbox", opener.message_key), ("inbox", opener.message_key),
    ]  # fmt: skip


def test_the_cool_down_holds_between_two_calls_at_the_same_time(tables, starts):
    other = a_continuation(starts)
    store = Interleaved(starts, lambda: other(a_call(call_id="conv_2", minutes_ago=1), NOW))

    a_continuation(store)(a_call(minutes_ago=2), NOW)

    states = sorted(item.state for item in messages(tables))
    assert states == ["PENDING", "SKIPPED"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("last_inbound_at", NOW, "person_wrote"), ("opted_out", True, "opted_out")],
)
def test_what_changes_while_it_is_decided_decides_anew(tables, starts, field, value, reason):
    model = tables.state

    def meanwhile():
        model(contact_id=CONTACT).update([getattr(model, field).set(value)])

    a_continuation(Interleaved(starts, meanwhile))(a_call(), NOW)

    (opener,) = messages(tables)
    assert (opener.state, opener.reason, opener.pending) == ("SKIPPED", reason, None)


def test_a_first_call_without_a_template_needs_attention(tables, starts):
    a_continuation(starts, OPENER_CONTENT_SID="")(a_call(), NOW)

    item = tables.state.get(CONTACT)
    assert (item.status, item.reason, item.opener_at) == (
        "needs_attention", "needs_template", None,
    )  # fmt: skip


def test_who_said_they_are_back_is_no_longer_out(tables, starts):
    model = tables.state
    model(contact_id=CONTACT).update([model.opted_out.set(False)])

    decision = a_continuation(starts)(a_call(), NOW)

    assert decision.reason is None


def test_a_call_is_known_for_longer_than_its_messages(tables, starts):
    a_continuation(starts)(a_call(), NOW)
    (opener,) = messages(tables)
    opener.delete()

    known = starts.find(CallId("conv_1"))

    assert (known.contact_id, known.opener) == (CONTACT, None)
    assert a_continuation(starts)(a_call(), NOW).outcome is Outcome.STARTED


def test_an_alias_leads_to_its_contact(tables, starts):
    tables.known_ids(id=alias_id(CONTACT), contact_id="OTHER").save()

    assert starts.behind(CONTACT) == "OTHER"
    assert starts.behind("NOBODY") is None


def test_what_was_found_is_the_opener_as_it_stands_now(tables, starts):
    a_continuation(starts)(a_call(), NOW)
    (opener,) = messages(tables)
    opener.update([tables.messages.state.set("SENT")])

    assert starts.find(CallId("conv_1")).opener.state is OutboundState.SENT


STARTED = Decision(Outcome.STARTED, None, "C")
WAITING = Decision(Outcome.WAITING, "processing")
TOO_OLD = Decision(Outcome.NOT_STARTED, "too_old")


@pytest.mark.parametrize(
    ("first", "then", "call_id", "kept"),
    [
        (WAITING, STARTED, "c1", "started"),
        (STARTED, WAITING, "c1", "started"),
        (STARTED, TOO_OLD, "c1", "started"),
        (TOO_OLD, STARTED, "c1", "started"),
        (TOO_OLD, WAITING, "c1", "not_started"),
        (TOO_OLD, WAITING, "c2", "waiting"),
        (TOO_OLD, TOO_OLD, None, "not_started"),
        (WAITING, TOO_OLD, "c1", "not_started"),
    ],
)
def test_a_slower_run_never_takes_a_decision_back(tables, first, then, call_id, kept):
    batches = BatchesTable(tables)
    batches.record("b", "r", CallId("c1"), first, NOW)

    batches.record("b", "r", call_id and CallId(call_id), then, NOW)

    (record,) = batches.of("b").values()
    assert record.outcome.value == kept


def test_decisions_and_marks_are_read_apart(tables):
    batches = BatchesTable(tables)
    batches.record("b", "r", CallId("c1"), STARTED, NOW)
    batches.record("b", "s", None, TOO_OLD, NOW)
    batches.mark("b", Mark(10, 1, "completed"), NOW)

    assert set(batches.of("b")) == {"r", "s"}
    assert set(batches.among("b", ["s", "t"])) == {"s"}
    assert batches.marks(["a", "b"]) == {"b": Mark(10, 1, "completed")}
    assert tables.batch_calls.get("b", "s").reason == "too_old"


def test_a_mark_never_goes_back(tables):
    batches = BatchesTable(tables)
    later = Mark(20, 3, "in_progress")
    batches.mark("b", later, NOW)

    batches.mark("b", Mark(10, 0, "in_progress"), NOW)
    earlier = batches.marks(["b"])["b"]
    batches.mark("b", replace(later, undecided=0), NOW)

    assert earlier == later
    assert batches.marks(["b"])["b"].undecided == 0


def test_more_than_a_hundred_are_read_at_once(tables):
    batches = BatchesTable(tables)
    for n in range(120):
        batches.record("b", f"r{n}", None, TOO_OLD, NOW)

    assert len(batches.among("b", [f"r{n}" for n in range(130)])) == 120
    assert len(batches.of("b")) == 120


def test_a_start_makes_its_person_found_by_name(tables, starts):
    a_continuation(starts)(a_call(dynamic_variables={"name": "Óscar Núñez"}), NOW)

    item = tables.state.get(CONTACT)
    assert (item.client_name, item.name_initial, item.name_folded) == (
        "Óscar Núñez", "o", "oscar nunez",
    )  # fmt: skip
