"""What operators do, and what becomes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conversation.contacts import alias_id
from conversation.messages import InboundState
from tests.integration.functions.panel.visits import ACTIONS, OWNER, audited


def test_closing_a_conversation_also_closes_its_socket(panel, tables, a_conversation, rung):
    a_conversation()

    answer = panel.enter().act("close")

    assert answer["headers"]["Location"].endswith("?did=close&outcome=done")
    assert tables.state.get(OWNER).status == "closed"
    ((contact_id, key),) = rung("inbox")
    assert tables.commands.get(contact_id, key).command == "close"


@pytest.mark.parametrize(
    ("action", "command"), [("close_socket", "close"), ("roll_over", "roll_over")]
)
def test_what_is_for_the_connector_travels_as_a_command(
    panel, tables, a_conversation, rung, action, command
):
    a_conversation()

    panel.enter().act(action)

    ((contact_id, key),) = rung("inbox")
    stored = tables.commands.get(contact_id, key)
    assert (stored.command, stored.asked_by) == (command, "ana@example.com")
    assert tables.state.get(OWNER).status == "needs_attention"


def test_who_is_opted_out_is_left_in_peace(panel, tables, a_conversation):
    a_conversation()

    panel.enter().act("opt_out")

    state = tables.state.get(OWNER)
    assert (state.opted_out, state.status) == (True, "opted_out")


def test_who_is_opted_out_is_left_in_peace_by_number_too(panel, tables, a_conversation):
    a_conversation()
    tables.state("BYNUMBER").save()
    tables.known_ids(id=alias_id(OWNER), contact_id="BYNUMBER").save()

    panel.enter().act("opt_out")

    assert [tables.state.get(each).opted_out for each in (OWNER, "BYNUMBER")] == [True, True]


def test_who_is_opted_out_is_left_in_peace_where_they_began_without_the_number(
    panel, tables, a_conversation
):
    a_conversation(elsewhere="WITHOUT")
    tables.state("WITHOUT").save()

    panel.enter().act("opt_out")

    assert [tables.state.get(each).opted_out for each in (OWNER, "WITHOUT")] == [True, True]


def test_nobody_is_made_up_for_the_other_address_of_who_is_opted_out(panel, tables, a_conversation):
    a_conversation(elsewhere="WITHOUT")

    answer = panel.enter().act("opt_out")

    assert answer["headers"]["Location"].endswith("outcome=done")
    assert [item.contact_id for item in tables.state.scan()] == [OWNER]


def test_asking_again_asks_exactly_what_failed(panel, tables, a_conversation, rung):
    a_conversation()

    panel.enter().act("ask_again")

    failed = list(tables.messages.query(OWNER))[-1]
    assert failed.state == InboundState.NEW
    assert failed.pending.startswith("in#")
    assert (OWNER, failed.message_key) in rung("inbox")
    assert tables.state.get(OWNER).status == "active"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"last_inbound_at": datetime(2026, 1, 1, tzinfo=UTC)}, "window_closed"),
        ({"opted_out": True}, "window_closed"),
    ],
)
def test_nobody_is_asked_again_who_may_not_be_answered(panel, a_conversation, fields, outcome):
    a_conversation(**fields)

    assert panel.enter().act("ask_again")["headers"]["Location"].endswith(outcome)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_recorded_with_who_and_what_became_of_it(
    panel, tables, a_conversation, action
):
    a_conversation()

    panel.enter().act(action)

    who, what, outcome = audited(tables)[-1]
    assert (who, what) == ("ana@example.com", action)
    assert outcome in {"done", "asked"}


def test_the_timeline_tells_what_operators_did(panel, a_conversation):
    a_conversation()
    panel.enter().act("close")

    told = json.loads(panel.get(f"/panel/api/people/{OWNER}")["body"])["person"]["timeline"]

    assert {(h["about"], h["what"]) for h in told} >= {
        ("audit", "close"),
        ("command", "close"),
        ("message", "inbound.message"),
    }
