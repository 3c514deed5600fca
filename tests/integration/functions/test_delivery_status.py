"""Status callbacks from API Gateway's event to the tables and queues."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from conversation.adapters.tables.mapping import item_of
from conversation.callbacks import callback_url
from conversation.contacts import contact_id_of
from conversation.messages import Direction, Kind, Message, OutboundState
from tests.integration.functions.conftest import PEPPER
from tests.webhooks import BASE_URL, PERSON, STATUS_PATH, a_sid, posted, reported

ANA = contact_id_of(PERSON, PEPPER)
TURN = "01JD0000000000000000000000"
KEY = f"{TURN}~001"
TEMPLATE = "HX" + "1" * 32


@pytest.fixture
def handle(twilio_environment, monkeypatch):
    from functions.delivery_status.handler import handler
    from functions.delivery_status.wiring import application

    monkeypatch.setenv("OPENER_CONTENT_SID", TEMPLATE)
    application.cache_clear()
    yield lambda event: handler(event, None)
    application.cache_clear()


@pytest.fixture
def message(tables):
    def put(state=OutboundState.CLAIMED, **more):
        made = Message(
            contact_id=ANA,
            message_key=KEY,
            conversation_id=ANA,
            direction=Direction.OUTBOUND,
            kind=more.pop("kind", Kind.REPLY),
            content="hola",
            state=state,
            sent_at=datetime.now(UTC),
            turn=TURN,
            **more,
        )
        item_of(tables.messages, made, shards=4).save()
        return made

    return put


@pytest.fixture
def told(handle):
    def report(status, sid, query=None, **more):
        query = urlsplit(callback_url(BASE_URL, ANA, KEY)).query if query is None else query
        form = reported(status, sid, **more)
        return handle(posted(form, path=STATUS_PATH, query=query))

    return report


def test_a_report_binds_the_sid_and_brings_the_message_forward(message, told, tables, rung):
    message()
    sid = a_sid()

    response = told("sent", sid)

    item = tables.messages.get(ANA, KEY)
    assert response["statusCode"] == 200
    assert (item.state, item.twilio_message_id) == ("SENT", sid)
    assert (item.pending, item.pending_since) == (None, None)
    assert rung("outbox") == [(ANA, KEY)]


def test_reports_in_any_order_end_in_the_same_state(message, told, tables):
    message()
    sid = a_sid()

    for status in ("read", "delivered", "sent", "queued", "read", "undelivered"):
        assert told(status, sid)["statusCode"] == 200

    item = tables.messages.get(ANA, KEY)
    assert item.state == "READ"
    assert item.delivered_at is not None


def test_the_time_of_delivery_is_that_of_the_first_proof(message, told, tables):
    message()
    sid = a_sid()
    told("delivered", sid)
    first = tables.messages.get(ANA, KEY).delivered_at

    told("read", sid)

    assert tables.messages.get(ANA, KEY).delivered_at == first


def test_a_second_sid_is_told_and_changes_nothing(message, told, tables, caplog):
    message(OutboundState.SENT, twilio_message_id=a_sid())

    assert told("delivered", a_sid())["statusCode"] == 200
    assert tables.messages.get(ANA, KEY).state == "SENT"
    assert caplog.messages == ["duplicate_sent"]


def test_a_closed_window_brings_the_template_once(message, told, tables, rung):
    message(OutboundState.SENT)
    tables.state(ANA, phone_number="+573138539155", client_name="Ana", agent_id="agent_1").save()
    sid = a_sid()

    told("undelivered", sid, ErrorCode="63016")
    told("undelivered", sid, ErrorCode="63016")

    failed, template = tables.messages.query(ANA)
    assert (failed.state, failed.reason, failed.content) == ("FAILED", "window_closed", "hola")
    assert template.message_key == f"{TURN}~998"
    assert (template.state, template.kind) == ("PENDING", "opener")
    assert template.content_sid == TEMPLATE
    assert json.loads(template.content_variables)["1"] == "Ana"
    assert template.pending.startswith("out#")
    assert rung("outbox") == [(ANA, template.message_key)]
    assert tables.state.get(ANA).status == "active"


def test_two_parts_of_one_answer_bring_one_template(message, told, tables):
    first = message(OutboundState.SENT)
    tables.state(ANA, phone_number="+573138539155").save()
    other = f"{TURN}~002"
    item = item_of(tables.messages, first, shards=4)
    item.message_key = other
    item.save()

    told("undelivered", a_sid(), ErrorCode="63016")
    told("undelivered", a_sid(), f"c={ANA}&k={other}", ErrorCode="63016")

    assert [(m.message_key[-3:], m.state) for m in tables.messages.query(ANA)] == [
        ("001", "FAILED"),
        ("002", "FAILED"),
        ("998", "PENDING"),
    ]


def test_a_closed_window_without_a_template_asks_for_attention(message, told, tables, monkeypatch):
    monkeypatch.delenv("OPENER_CONTENT_SID")
    message(OutboundState.SENT)
    tables.state(ANA, phone_number="+573138539155").save()

    told("undelivered", a_sid(), ErrorCode="63016")

    state = tables.state.get(ANA)
    assert (state.status, state.reason) == ("needs_attention", "window_closed")


def test_a_person_who_blocked_us_has_opted_out(message, told, tables):
    message(OutboundState.SENT)

    told("undelivered", a_sid(), ErrorCode="63014")

    state = tables.state.get(ANA)
    assert (state.opted_out, state.status) == (True, "opted_out")
    assert tables.messages.get(ANA, KEY).reason == "opted_out"


def test_who_opted_out_is_not_brought_back_by_an_alarm(message, told, tables):
    message(OutboundState.SENT)
    tables.state(ANA, opted_out=True, status="opted_out").save()

    told("failed", a_sid(), ErrorCode="63007")

    assert tables.state.get(ANA).status == "opted_out"
    assert tables.messages.get(ANA, KEY).state == "FAILED"


def test_a_passing_fault_brings_the_same_message_once_more(message, told, tables, rung):
    message(OutboundState.SENT)
    tables.state(ANA, message_count=1).save()

    told("failed", a_sid(), ErrorCode="63012")
    told("failed", a_sid(), ErrorCode="63012")

    failed, again = sorted(tables.messages.query(ANA), key=lambda item: item.sent_at)
    assert (failed.state, failed.reason) == ("FAILED", "channel_trouble")
    assert (again.state, again.content, again.attempts) == ("PENDING", "hola", 1)
    assert tables.state.get(ANA).message_count == 1
    assert rung("outbox") == []


@pytest.mark.parametrize("query", ["", "c=x&k=y", f"c={'A' * 26}&k={'0' * 26}"])
def test_the_report_of_an_unknown_message_is_answered_200(told, query):
    assert told("delivered", a_sid(), query)["statusCode"] == 200


def test_the_query_is_part_of_what_is_signed(handle, message, tables):
    message()
    event = posted(reported("sent", a_sid()), path=STATUS_PATH, query="c=x&k=y")
    event["rawQueryString"] = urlsplit(callback_url(BASE_URL, ANA, KEY)).query

    assert handle(event)["statusCode"] == 403
    assert tables.messages.get(ANA, KEY).state == "CLAIMED"


def test_missing_settings_are_named(handle, monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")

    response = handle(posted(reported("sent", a_sid()), path=STATUS_PATH))

    assert response["statusCode"] == 503
    assert "TWILIO_AUTH_TOKEN" in response["body"]
