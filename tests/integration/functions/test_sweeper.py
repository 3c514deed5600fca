"""The sweeper as Lambda runs it: what was forgotten is rung for, what never came is fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count, islice
from types import SimpleNamespace

import boto3
import pytest

from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.reconciled import SINCE, UNTIL
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import MisconfiguredError, Transient
from conversation.identifiers import ContactId
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from tests.integration.functions.conftest import PEPPER
from tests.stand_in import StandIn
from tests.webhooks import PERSON, posted, said

NUMBER = PERSON.removeprefix("whatsapp:")
ANA = contact_id_of(PERSON, PEPPER)
TURN = "01JD" + "0" * 22


@pytest.fixture(scope="module")
def process():
    running = StandIn()
    yield running
    running.close()


@pytest.fixture
def twilio(process):
    process.post("/reset")
    return process


@pytest.fixture
def sweep(twilio_environment, twilio, monkeypatch):
    """Runs the handler, with these settings."""
    from functions.sweeper.handler import handler
    from functions.sweeper.wiring import application

    monkeypatch.setenv("TWILIO_API_URL", twilio.url)
    monkeypatch.setenv("TWILIO_TIMEOUT_S", "1")
    application.cache_clear()

    def run(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000))

    yield run
    application.cache_clear()


@pytest.fixture
def store(tables):
    def storing(age_s, **known):
        message = Message(
            **{
                "contact_id": ANA, "message_key": TURN, "conversation_id": ANA,
                "direction": Direction.INBOUND, "kind": Kind.MESSAGE, "content": "hola",
                "state": InboundState.NEW,
                "sent_at": datetime.now(UTC) - timedelta(seconds=age_s),
            } | known
        )  # fmt: skip
        item_of(tables.messages, message, shards=4).save()
        return message

    return storing


@pytest.fixture
def began(tables):
    """The deployment has run for a while."""

    def since(**ago):
        then = datetime.now(UTC) - timedelta(**ago)
        for key in (SINCE, UNTIL):
            tables.known_ids(id=key, at=then).save()

    return since


def test_a_message_that_nobody_took_up_is_rung_for_after_a_minute(sweep, store, rung):
    store(61)

    sweep()

    assert rung("inbox") == [(ANA, TURN)]


def test_a_young_message_is_left_to_its_own_doorbell(sweep, store, rung):
    store(10)

    sweep()

    assert rung("inbox") == []


def test_how_long_is_a_setting(sweep, store, rung):
    store(10)

    sweep(SWEEP_AFTER_S="5")

    assert rung("inbox") == [(ANA, TURN)]


def test_an_answer_that_was_never_sent_is_rung_for(sweep, store, rung):
    reply = {"direction": Direction.OUTBOUND, "kind": Kind.REPLY}
    store(90, message_key=f"{TURN}~002", state=OutboundState.CLAIMED, **reply)
    store(90, message_key=f"{TURN}~001", state=OutboundState.PENDING, **reply)

    sweep()

    assert rung("outbox") == [(ANA, f"{TURN}~001")]


@pytest.mark.parametrize("kind", ["inbox", "outbox"])
def test_of_many_who_wait_those_are_rung_for_whose_doorbells_are_missing(sweep, store, aws, kind):
    url = aws.inbox[0] if kind == "inbox" else aws.outbox
    for contact in islice((c for c in people() if shard_of(c, 4) == 0), 30):
        store(90, contact_id=contact, **SIDES[kind])

    sweep()
    assert waiting(url) == 30
    sweep()
    assert waiting(url) == 30 + 5


SIDES = {
    "inbox": {},
    "outbox": {
        "direction": Direction.OUTBOUND, "kind": Kind.REPLY, "state": OutboundState.PENDING,
    },
}  # fmt: skip


def people():
    return (ContactId(f"{n:026}") for n in count())


def waiting(url):
    name = "ApproximateNumberOfMessages"
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(found["Attributes"][name])


def test_a_message_whose_webhook_was_lost_is_stored_as_the_webhook_would(
    sweep, twilio, began, tables, rung, said_to
):
    began(minutes=1)
    sid = twilio.say(NUMBER, " ¿hola? ")
    _age(tables, minutes=5)

    sweep(POLL_TWILIO="yes")

    (message,) = said_to(ANA)
    assert (message.content, message.state, message.kind) == (" ¿hola? ", "NEW", "message")
    assert message.twilio_message_id == sid
    assert tables.state.get(ANA).last_inbound_at == message.sent_at
    assert rung("inbox") == [(ANA, message.message_key)]


def _age(tables, **by):
    """As if all had begun so much earlier."""
    for key in (SINCE, UNTIL):
        item = tables.known_ids.get(key)
        tables.known_ids(id=key, at=item.at - timedelta(**by)).save()


def test_what_the_webhook_brought_is_not_stored_again(sweep, twilio, began, said_to):
    from functions.twilio_webhook.handler import handler
    from functions.twilio_webhook.wiring import application

    application.cache_clear()
    began(minutes=1)
    sid = twilio.say(NUMBER, "hola")
    handler(posted(said("hola", MessageSid=sid)), None)

    sweep(POLL_TWILIO="yes")
    sweep()

    assert len(said_to(ANA)) == 1
    application.cache_clear()


def test_what_is_younger_than_two_minutes_is_left_to_the_webhook(sweep, twilio, began, said_to):
    began(minutes=1)
    twilio.say(NUMBER, "hola")

    sweep()

    assert said_to(ANA) == []


def test_the_first_run_of_a_deployment_takes_nothing_from_before_it(sweep, twilio, said_to):
    twilio.say(NUMBER, "de antes")

    sweep()
    sweep()

    assert said_to(ANA) == []


def test_where_twilio_cannot_reach_us_statuses_are_asked_for(sweep, twilio, began, store, tables):
    from conversation.adapters.twilio.messages import TwilioMessages
    from conversation.outbox import Outgoing
    from conversation.variables import TwilioAccountSettings, TwilioApiSettings
    from tests.webhooks import ACCOUNT_SID, AUTH_TOKEN, SENDER

    began(minutes=1)
    twilio.say(NUMBER, "hola")
    messages = TwilioMessages(
        TwilioAccountSettings(ACCOUNT_SID, SENDER, AUTH_TOKEN, None),
        TwilioApiSettings(twilio.url, 2.0),
    )
    sid = messages.send(
        Outgoing(
            to=PERSON, body="uno", content_sid=None, content_variables=None,
            status_callback="https://hilo.example.com/twilio/status",
        )
    )  # fmt: skip
    store(
        1, direction=Direction.OUTBOUND, kind=Kind.REPLY, state=OutboundState.SENT,
        message_key=f"{TURN}~001", twilio_message_id=sid,
    )  # fmt: skip
    _until_delivered(messages, sid)
    messages.close()

    sweep(POLL_TWILIO="yes")

    assert tables.messages.get(ANA, f"{TURN}~001").state in {"DELIVERED", "READ"}


def _until_delivered(messages, sid):
    since = datetime.now(UTC) - timedelta(minutes=1)
    for _ in range(200):
        (entry,) = messages.sent(since)
        if entry.status in {"delivered", "read"}:
            return
    raise AssertionError(f"{sid} was not delivered in time")


def test_a_twilio_that_fails_does_not_keep_the_sweeper_from_ringing(
    sweep, twilio, began, store, rung
):
    began(minutes=5)
    store(61)
    twilio.faults({"kind": "error_before", "route": "list"})

    with pytest.raises(Transient):
        sweep()
    assert rung("inbox") == [(ANA, TURN)]


def test_missing_settings_are_named(sweep, monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    monkeypatch.delenv("HILO_PEPPER")

    with pytest.raises(MisconfiguredError, match=r"(?s)HILO_PEPPER.*TWILIO_AUTH_TOKEN"):
        sweep()
