"""Secrets are rotated while processes run: nothing is deployed, and nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest

from conversation.adapters import composition, values
from conversation.adapters.tables.mapping import item_of
from conversation.contacts import contact_id_of
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import MisconfiguredError, Transient
from conversation.messages import Direction, Kind, Message, OutboundState
from tests.stand_in import StandIn
from tests.webhooks import ACCOUNT_SID, AUTH_TOKEN, PERSON, SENDER, posted, said

PEPPER = "a pepper of its own secret"
ANA = contact_id_of(PERSON, PEPPER)
SECRET = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_WHATSAPP_NUMBER": SENDER,
    "TWILIO_AUTH_TOKEN_SECONDARY": "",
}
KEY = "01JD0000000000000000000000~001"


class Vault:
    """The two secrets of a deployment."""

    def __init__(self):
        self._client = boto3.client("secretsmanager")
        self.arn = self._create("hilo", json.dumps(dict.fromkeys(SECRET, "")))
        self.pepper_arn = self._create("pepper", PEPPER)

    def _create(self, name, text):
        return self._client.create_secret(Name=name, SecretString=text)["ARN"]

    def put(self, **changes):
        self.write(json.dumps(SECRET | changes))

    def write(self, text):
        self._client.put_secret_value(SecretId=self.arn, SecretString=text)


@pytest.fixture
def vault(twilio_environment, monkeypatch):
    """A deployment whose settings are in its secrets, of which nothing is filled in yet."""
    for name in (*SECRET, "HILO_PEPPER"):
        monkeypatch.delenv(name, raising=False)
    made = Vault()
    monkeypatch.setenv("HILO_SECRET_ARN", made.arn)
    monkeypatch.setenv("HILO_PEPPER_ARN", made.pepper_arn)
    values.forget()
    yield made
    values.forget()


@pytest.fixture
def impatient(monkeypatch):
    """Five minutes and ten seconds are over at once."""
    monkeypatch.setattr(values, "SECRET_MAX_AGE_S", 0)
    monkeypatch.setattr(composition, "LOOK_EVERY_S", 0)


@pytest.fixture
def webhook(vault):
    from functions.twilio_webhook.handler import handler
    from functions.twilio_webhook.wiring import application

    application.cache_clear()
    yield lambda token: handler(posted(said(), token=token), None)["statusCode"]
    application.cache_clear()


def test_an_empty_secret_is_answered_with_what_is_missing(vault):
    from functions.twilio_webhook.handler import handler
    from functions.twilio_webhook.wiring import application

    application.cache_clear()
    answer = handler(posted(said()), None)

    assert answer["statusCode"] == 503
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER"):
        assert name in answer["body"]
    assert "HILO_PEPPER" not in answer["body"]


def test_what_is_filled_in_is_taken_without_a_new_process(webhook, vault, impatient):
    assert webhook(AUTH_TOKEN) == 503

    vault.put()

    assert webhook(AUTH_TOKEN) == 200


def test_a_rotated_token_is_accepted_without_a_new_process(webhook, vault, impatient):
    vault.put()
    assert webhook(AUTH_TOKEN) == 200
    assert webhook("the next token") == 403

    vault.put(TWILIO_AUTH_TOKEN_SECONDARY="the next token")
    assert [webhook(AUTH_TOKEN), webhook("the next token")] == [200, 200]

    vault.put(TWILIO_AUTH_TOKEN="the next token")
    assert [webhook(AUTH_TOKEN), webhook("the next token")] == [403, 200]


def test_the_secret_is_not_read_for_each_message(webhook, vault, monkeypatch):
    vault.put()
    reads = []
    provider = values._provider()
    monkeypatch.setattr(
        provider, "_get", lambda name, **_: reads.append(name) or json.dumps(SECRET)
    )

    assert {webhook(AUTH_TOKEN) for _ in range(20)} == {200}

    assert reads == [vault.arn, vault.pepper_arn]


def test_a_secret_that_is_spoiled_later_silences_nobody(webhook, vault, impatient):
    vault.put()
    assert webhook(AUTH_TOKEN) == 200

    vault.write("not { JSON")

    assert webhook(AUTH_TOKEN) == 200


def test_the_pepper_of_the_second_secret_is_what_names_people(webhook, vault, tables):
    vault.put()

    webhook(AUTH_TOKEN)

    assert tables.state.get(ANA).address == PERSON


@pytest.mark.parametrize("text", ["not { JSON", '["a list"]', '"a text"'])
def test_a_secret_that_is_no_object_says_so(vault, text):
    vault.write(text)

    with pytest.raises(MisconfiguredError, match="HILO_SECRET_ARN is wrong"):
        values.secrets()


def test_a_secret_that_is_not_there_says_so(vault, monkeypatch):
    monkeypatch.setenv("HILO_SECRET_ARN", vault.arn.replace("hilo", "other"))

    with pytest.raises(MisconfiguredError, match="there is no such secret"):
        values.secrets()


def test_secrets_manager_out_of_reach_is_tried_again(vault, monkeypatch):
    def nobody(*_, **__):
        raise OSError

    monkeypatch.setattr(values._provider(), "_get", nobody)

    with pytest.raises(Transient):
        values.secrets()


def test_a_setting_that_is_json_may_stand_in_the_secret_as_it_is(vault):
    vault.write(json.dumps({"OPENER_CONTENT_SID": {"*": "HX1"}, "MIN_CALL_S": 7, "WORDS": None}))

    found = values.secrets()

    assert json.loads(found["OPENER_CONTENT_SID"]) == {"*": "HX1"}
    assert found["MIN_CALL_S"] == "7"
    assert "WORDS" not in found


# --- sending: Twilio says 401


@pytest.fixture(scope="module")
def process():
    running = StandIn()
    yield running
    running.close()


@pytest.fixture
def send(vault, process, tables, monkeypatch):
    """Sends one message; returns its state."""
    from functions.reply_sender.handler import handler
    from functions.reply_sender.wiring import application

    process.post("/reset")
    process.post("/config", auth_token=AUTH_TOKEN)
    process.say("+573138539155", "hola")
    monkeypatch.setenv("TWILIO_API_URL", process.url)
    tables.state(ANA, address=PERSON, last_inbound_at=datetime.now(UTC)).save()
    application.cache_clear()

    def once(key=KEY):
        message = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=Direction.OUTBOUND,
            kind=Kind.REPLY, content="hola", state=OutboundState.PENDING,
            sent_at=datetime.now(UTC),
        )  # fmt: skip
        item_of(tables.messages, message, shards=4).save()
        record = {
            "messageId": "1", "receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"},
            "body": Doorbell(BellKind.OUTBOX, ANA, key).to_json(), "eventSource": "aws:sqs",
        }  # fmt: skip
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
        assert handler({"Records": [record]}, context) == {"batchItemFailures": []}
        return tables.messages.get(ANA, key, consistent_read=True).state

    yield once
    application().answering.sender.twilio.close()
    application.cache_clear()


def test_a_refused_token_is_fetched_anew_and_the_message_goes_out(send, vault, process):
    vault.put()
    assert send() == "SENT"

    process.post("/config", auth_token="the next token")
    vault.put(TWILIO_AUTH_TOKEN="the next token")  # the cache still holds the old one

    assert send(KEY.replace("~001", "~002")) == "SENT"
    assert process.chat("+573138539155") == ["hola", "hola"]


def test_the_second_token_is_tried_before_the_secret_is_asked(send, vault, process, monkeypatch):
    vault.put(TWILIO_AUTH_TOKEN="the old token", TWILIO_AUTH_TOKEN_SECONDARY=AUTH_TOKEN)
    asked = []
    monkeypatch.setattr("conversation.adapters.twilio.account.secrets", asked.append)

    assert send() == "SENT"
    assert asked == []


def test_a_token_that_nobody_mended_holds_the_message_back(send, vault, process):
    vault.put(TWILIO_AUTH_TOKEN="wrong everywhere")

    assert send() == "PENDING"
    assert [form["Body"] for form in process.sent()] == ["hola", "hola"][:1]
