"""The webhook from API Gateway's event to the tables and queues."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from conversation.contacts import alias_id, contact_id_of
from tests.integration.functions.conftest import PEPPER
from tests.webhooks import BSUID, PERSON, SECOND_TOKEN, a_sid, posted, said

ANA = contact_id_of(PERSON, PEPPER)


@pytest.fixture
def handle(twilio_environment):
    from functions.twilio_webhook.handler import handler
    from functions.twilio_webhook.wiring import application

    application.cache_clear()
    yield lambda event: handler(event, None)
    application.cache_clear()


@pytest.fixture
def receive(handle):
    def send(**params):
        response = handle(posted(said(**params)))
        assert response["statusCode"] == 200
        return response

    return send


def test_a_signed_message_is_answered_with_an_empty_twiml(receive):
    response = receive()

    assert response["body"] == "<Response/>"
    assert response["headers"] == {"content-type": "text/xml; charset=utf-8"}


def test_a_message_is_stored_with_what_it_changes(receive, tables, said_to):
    sid = a_sid()
    before = datetime.now(UTC)

    receive(MessageSid=sid, Body="  ¿1+1? 🙂 ")

    (message,) = said_to(ANA)
    assert message.content == "  ¿1+1? 🙂 "
    assert (message.direction, message.kind, message.state) == ("inbound", "message", "NEW")
    assert message.twilio_message_id == sid
    assert message.pending.startswith("in#")
    known = tables.known_ids.get(sid)
    assert (known.contact_id, known.message_key) == (ANA, message.message_key)
    assert known.expires_at == pytest.approx(time.time() + 400 * 86_400, abs=60)
    state = tables.state.get(ANA)
    assert (state.address, state.phone_number) == (PERSON, "+573138539155")
    assert (state.profile_name, state.client_name) == ("Ana", "Ana")
    assert (state.status, state.message_count) == ("active", 1)
    assert state.last_message_key == message.message_key
    assert before <= state.last_inbound_at == state.last_message_at == state.started_at
    assert state.epoch is None


def test_a_message_rings_the_inbox_with_its_key(receive, rung, said_to):
    receive()

    assert rung("inbox") == [(ANA, said_to(ANA)[0].message_key)]
    assert rung("outbox") == []


def test_a_message_that_comes_twice_is_stored_once_and_rings_twice(receive, rung, said_to, tables):
    sid = a_sid()

    receive(MessageSid=sid)
    receive(MessageSid=sid)

    (message,) = said_to(ANA)
    assert rung("inbox") == [(ANA, message.message_key)] * 2
    assert tables.state.get(ANA).message_count == 1


def test_what_is_known_of_a_person_is_not_overwritten(receive, tables):
    started = datetime(2026, 1, 1, tzinfo=UTC)
    tables.state(
        ANA, client_name="Doña Ana", started_at=started, agent_id="agent_1", epoch=7
    ).save()

    receive(ProfileName="anita")

    state = tables.state.get(ANA)
    assert (state.client_name, state.profile_name) == ("Doña Ana", "anita")
    assert (state.started_at, state.agent_id, state.epoch) == (started, "agent_1", 7)


def test_the_time_of_the_last_message_never_goes_back(receive, tables, said_to):
    later = datetime.now(UTC) + timedelta(minutes=5)
    tables.state(ANA, last_inbound_at=later, last_message_at=later).save()

    receive()

    state = tables.state.get(ANA)
    assert state.last_inbound_at == state.last_message_at == later
    assert state.message_count == 1
    assert said_to(ANA)[0].state == "NEW"


def test_mexican_forms_of_one_number_are_one_person(receive, said_to):
    receive(From="whatsapp:+5215512345678")
    receive(From="whatsapp:+525512345678")

    assert len(said_to(contact_id_of("whatsapp:+525512345678", PEPPER))) == 2


def test_a_person_who_later_hides_the_number_stays_the_same_person(receive, tables, said_to):
    receive(ExternalUserId=BSUID)
    receive(From=BSUID, ExternalUserId=BSUID, WaId=None)

    assert len(said_to(ANA)) == 2
    assert tables.known_ids.get(alias_id(contact_id_of(BSUID, PEPPER))).contact_id == ANA
    state = tables.state.get(ANA)
    assert (state.address, state.phone_number) == (BSUID, "+573138539155")
    assert state.elsewhere == contact_id_of(BSUID, PEPPER)


OTHER = contact_id_of(BSUID, PEPPER)


def test_whoever_leaves_by_number_leaves_what_began_without_it(receive, tables, said_to):
    receive(From=BSUID, ExternalUserId=BSUID, WaId=None)

    receive(ExternalUserId=BSUID, Body="BAJA")

    for contact_id in (ANA, OTHER):
        state = tables.state.get(contact_id)
        assert (state.opted_out, state.status) == (True, "opted_out")
    assert len(said_to(OTHER)) == 1


def test_whoever_leaves_without_the_number_leaves_both_and_alta_brings_both_back(receive, tables):
    receive(From=BSUID, ExternalUserId=BSUID, WaId=None)
    receive(ExternalUserId=BSUID)

    receive(From=BSUID, ExternalUserId=BSUID, WaId=None, Body="BAJA")

    assert [tables.state.get(each).opted_out for each in (ANA, OTHER)] == [True, True]
    receive(ExternalUserId=BSUID, Body="ALTA")
    assert [tables.state.get(each).opted_out for each in (ANA, OTHER)] == [False, False]


def test_whoever_left_without_the_number_is_left_alone_by_it_too(receive, tables, said_to, rung):
    receive(From=BSUID, ExternalUserId=BSUID, WaId=None, Body="BAJA")

    receive(ExternalUserId=BSUID, Body="hola")

    (message,) = said_to(ANA)
    assert (message.state, message.reason) == ("ANSWERED", "opted_out")
    assert (tables.state.get(ANA).opted_out, tables.state.get(ANA).status) == (True, "opted_out")
    assert rung("inbox") == []


def test_nobody_is_made_up_for_the_other_address_of_who_leaves(receive, tables):
    receive(ExternalUserId=BSUID, Body="BAJA")

    assert [item.contact_id for item in tables.state.scan()] == [ANA]


def test_an_alias_keeps_the_contact_that_it_pointed_to_first(receive, tables):
    alias = alias_id(contact_id_of(BSUID, PEPPER))
    tables.known_ids(id=alias, contact_id="FIRST").save()

    receive(ExternalUserId=BSUID)

    assert tables.known_ids.get(alias).contact_id == "FIRST"


def test_baja_is_stored_confirmed_once_and_then_there_is_silence(receive, tables, rung, said_to):
    receive(Body="Baja")
    receive(Body="BAJA")
    receive(Body="¿hola?")

    first, confirmation, second, third = said_to(ANA)
    assert (first.kind, first.state) == ("opt_out", "ANSWERED")
    assert confirmation.message_key == f"{first.message_key}~000"
    assert (confirmation.kind, confirmation.state) == ("notice", "PENDING")
    assert confirmation.pending.startswith("out#")
    assert (second.kind, second.state) == ("opt_out", "ANSWERED")
    assert (third.state, third.reason) == ("ANSWERED", "opted_out")
    state = tables.state.get(ANA)
    assert (state.opted_out, state.status) == (True, "opted_out")
    assert rung("outbox") == [(ANA, confirmation.message_key)]
    assert rung("inbox") == []


def test_alta_brings_the_person_back(receive, tables, rung, said_to):
    receive(Body="BAJA")
    receive(Body="Alta.")
    receive(Body="hola")

    state = tables.state.get(ANA)
    assert (state.opted_out, state.status) == (False, "active")
    assert said_to(ANA)[-1].state == "NEW"
    assert len(rung("inbox")) == 1


def test_a_picture_is_stored_with_its_sentence_in_the_persons_language(receive, tables, said_to):
    tables.state(ANA, language="en").save()

    receive(Body="", NumMedia="1", MediaUrl0="https://x/ME1", MediaContentType0="image/jpeg")

    picture, notice = said_to(ANA)
    assert (picture.kind, picture.state, picture.reason) == ("image", "ANSWERED", "media")
    assert picture.media_url == "https://x/ME1"
    assert picture.pending is None
    assert notice.content.startswith("For now I can only read text.")
    assert tables.state.get(ANA).message_count == 2


@pytest.mark.parametrize("body", ["🙂", "x" * 4_096, "   ", ""])
def test_texts_of_every_length_are_stored_as_they_came(receive, said_to, body):
    receive(Body=body)

    assert said_to(ANA)[0].content == body


def test_the_second_token_of_a_rotation_is_taken(handle):
    assert handle(posted(said(), token=SECOND_TOKEN))["statusCode"] == 200


REFUSED = [
    pytest.param(partial(posted, signature=""), {}, 403, id="unsigned"),
    pytest.param(partial(posted, signature="AAAA"), {}, 403, id="wrongly signed"),
    pytest.param(partial(posted, token="another"), {}, 403, id="another token"),
    pytest.param(posted, {"AccountSid": "AC" + "b" * 32}, 403, id="another account"),
    pytest.param(posted, {"To": "whatsapp:+14155238000"}, 403, id="another sender"),
    pytest.param(posted, {"Body": "x" * 70_000}, 403, id="over 64 KB"),
    pytest.param(partial(posted, method="GET"), {}, 405, id="GET"),
    pytest.param(partial(posted, content_type="application/json"), {}, 415, id="JSON"),
    pytest.param(posted, {"From": "whatsapp:nobody"}, 400, id="no address"),
    pytest.param(posted, {"MessageStatus": "sent"}, 400, id="a status callback"),
]


@pytest.mark.parametrize(("request_of", "params", "status"), REFUSED)
def test_what_is_not_a_message_for_us_is_refused_and_stored_nowhere(
    handle, tables, rung, request_of, params, status
):
    response = handle(request_of(said(**params)))

    assert response["statusCode"] == status
    assert "message" in response["body"]
    assert list(tables.messages.scan()) == []
    assert list(tables.known_ids.scan()) == []
    assert rung("inbox") == []


def test_a_body_that_is_not_the_base64_it_says_is_refused(handle):
    assert handle({**posted(said()), "body": "%%%"})["statusCode"] == 400


def test_missing_settings_are_all_named(handle, monkeypatch):
    for name in ("TWILIO_AUTH_TOKEN", "PUBLIC_BASE_URL"):
        monkeypatch.delenv(name)

    response = handle(posted(said()))

    assert response["statusCode"] == 503
    assert "TWILIO_AUTH_TOKEN" in response["body"]
    assert "PUBLIC_BASE_URL" in response["body"]


def test_a_message_that_cannot_be_stored_is_answered_so_that_twilio_repeats_it(
    handle, monkeypatch, rung
):
    from conversation.adapters.tables.transactions import Transaction
    from conversation.errors import Transient

    def busy(self):
        raise Transient("busy", reason="table_busy", may_have_happened=True)

    monkeypatch.setattr(Transaction, "commit", busy)

    assert handle(posted(said()))["statusCode"] == 503
    assert rung("inbox") == []


def test_a_queue_that_is_gone_costs_nobody_their_message(handle, aws, said_to, caplog):
    import boto3

    for url in aws.inbox:
        boto3.client("sqs").delete_queue(QueueUrl=url)

    assert handle(posted(said()))["statusCode"] == 200
    assert len(said_to(ANA)) == 1
    assert "doorbell_failed" in caplog.messages


def test_no_log_line_holds_a_text_or_a_number(handle, caplog):
    handle(posted(said(Body="un secreto")))
    handle(posted(said(Body="otro secreto"), signature="x"))

    logged = repr([vars(record) for record in caplog.records])
    assert caplog.messages == ["message_stored", "webhook_refused"]
    assert "secreto" not in logged
    assert "3138539155" not in logged
