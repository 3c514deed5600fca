"""The sender as Lambda runs it: from the queue's event to the person's phone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from pynamodb.connection import Connection
from typer.testing import CliRunner

from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.mapping import item_of
from conversation.contacts import contact_id_of
from conversation.dead_letters import queue_url_of
from conversation.doorbells import BellKind, Doorbell
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.outbox import claim_made
from infra.cli.__main__ import application
from tests.integration.functions.conftest import PEPPER
from tests.stand_in import StandIn
from tests.webhooks import PERSON

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
    """A Twilio to which the person has just written."""
    process.post("/reset")
    process.say(NUMBER, "hola")
    return process


@pytest.fixture
def configured(twilio_environment, twilio, monkeypatch, tables):
    from functions.reply_sender.wiring import application

    monkeypatch.setenv("TWILIO_API_URL", twilio.url)
    monkeypatch.setenv("TWILIO_TIMEOUT_S", "1")
    tables.state(ANA, address=PERSON, last_inbound_at=datetime.now(UTC)).save()
    application.cache_clear()
    yield
    application().answering.sender.twilio.close()
    application.cache_clear()


@pytest.fixture
def handle(configured):
    """Hands events to the handler, with so much time left."""
    from functions.reply_sender.handler import handler

    def call(*bodies, left_s=30.0, receives=1):
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: int(left_s * 1000))
        event = {"Records": [_record(n, body, receives) for n, body in enumerate(bodies)]}
        return [each["itemIdentifier"] for each in handler(event, context)["batchItemFailures"]]

    return call


def _record(n, body, receives):
    return {
        "messageId": str(n),
        "receiptHandle": f"receipt-{n}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives), "MessageGroupId": ANA},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:0:hilo-outbox.fifo",
        "awsRegion": "eu-west-1",
    }


@pytest.fixture
def store(tables):
    def storing(*bodies, first=1, **known):
        for n, body in enumerate(bodies, first):
            message = Message(
                **{
                    "contact_id": ANA, "message_key": f"{TURN}~{n:03}", "conversation_id": ANA,
                    "direction": Direction.OUTBOUND, "kind": Kind.REPLY, "content": body,
                    "state": OutboundState.PENDING, "sent_at": datetime.now(UTC),
                } | known
            )  # fmt: skip
            item_of(tables.messages, message, shards=4).save()

    return storing


@pytest.fixture
def states(tables):
    return lambda: [item.state for item in tables.messages.query(ANA, consistent_read=True)]


def a_bell(kind=BellKind.OUTBOX, key=f"{TURN}~001"):
    return Doorbell(kind, ANA, key).to_json()


def test_the_parts_of_an_answer_reach_the_person_in_order(handle, store, states, twilio):
    store("uno", "dos", "tres")

    assert handle(a_bell()) == []
    assert twilio.chat(NUMBER) == ["uno", "dos", "tres"]
    assert states() == ["SENT"] * 3


def test_each_post_names_its_message_in_the_callbacks_address(handle, store, twilio):
    store("uno")

    handle(a_bell())

    (form,) = twilio.sent()
    assert form["StatusCallback"] == (
        f"https://hilo.example.com/twilio/status?c={ANA}&k={TURN}~001"
    )


def test_doorbells_that_come_twice_send_once(handle, store, twilio):
    store("uno")

    handle(a_bell(), a_bell())
    handle(a_bell())

    assert twilio.chat(NUMBER) == ["uno"]


@pytest.fixture
def atomic(monkeypatch):
    """Each call to DynamoDB is atomic, as the real one's is; moto's transactions are not."""
    call, one_at_a_time = Connection._make_api_call, threading.Lock()

    def called(self, operation, kwargs):
        with one_at_a_time:
            return call(self, operation, kwargs)

    monkeypatch.setattr(Connection, "_make_api_call", called)


@pytest.mark.usefixtures("atomic")
def test_senders_at_the_same_time_send_each_message_once_and_in_order(
    handle, store, states, twilio
):
    store(*(f"n {n}" for n in range(6)))
    start = threading.Barrier(4)

    def serve():
        start.wait()
        for _ in range(3):
            handle(a_bell())

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert twilio.chat(NUMBER) == [f"n {n}" for n in range(6)]
    assert states() == ["SENT"] * 6


def test_what_twilio_was_too_busy_for_is_put_off_and_then_sent(handle, store, states, twilio):
    store("uno", "dos")
    twilio.faults({"kind": "too_many", "times": 1})

    assert handle(a_bell()) == ["0"]
    assert states() == ["PENDING", "PENDING"]
    assert handle(a_bell(), receives=2) == []
    assert twilio.chat(NUMBER) == ["uno", "dos"]


def test_accepted_then_timed_out_is_found_and_not_sent_again(handle, store, states, tables, twilio):
    store("uno", "dos")
    twilio.faults({"kind": "accept_then_timeout", "times": 1, "delay_s": 1.5})
    assert handle(a_bell()) == ["0"]
    assert states() == ["CLAIMED", "PENDING"]
    _let_pass(tables, 61)

    assert handle(a_bell(), receives=2) == []
    assert twilio.chat(NUMBER) == ["uno", "dos"]
    assert states() == ["DELIVERED", "SENT"]


def test_what_a_killed_sender_had_sent_is_found_when_its_doorbell_comes_back(
    handle, store, states, tables, twilio
):
    store("uno", "dos")
    twilio.faults({"kind": "accept_then_timeout", "times": 1, "delay_s": 1.5})
    handle(a_bell())
    _let_pass(tables, 25)  # the queue's time-out

    assert handle(a_bell(), receives=2) == []
    assert twilio.chat(NUMBER) == ["uno", "dos"]


def test_what_a_killed_sender_had_not_sent_is_not_sent_when_its_doorbell_comes_back(
    handle, store, states, tables, twilio
):
    then = datetime.now(UTC) - timedelta(seconds=25)
    store("uno", state=OutboundState.CLAIMED, claim=claim_made(then), claimed_at=then)

    assert handle(a_bell(), receives=2) == ["0"]
    assert twilio.chat(NUMBER) == []
    assert states() == ["CLAIMED"]


def test_a_message_whose_sender_died_before_its_post_is_sent_once(
    handle, store, states, tables, twilio
):
    long_ago = datetime.now(UTC) - timedelta(seconds=61)
    store("uno", state=OutboundState.CLAIMED, claim=claim_made(long_ago), claimed_at=long_ago)

    assert handle(a_bell()) == ["0"]
    assert twilio.chat(NUMBER) == []
    item = tables.messages.get(ANA, f"{TURN}~001")
    item.update([tables.messages.claim.set(claim_made(datetime.now(UTC) - timedelta(seconds=6)))])
    assert handle(a_bell()) == []
    assert twilio.chat(NUMBER) == ["uno"]
    assert states() == ["SENT"]


def _let_pass(tables, seconds):
    item = tables.messages.get(ANA, f"{TURN}~001")
    then = item.claimed_at - timedelta(seconds=seconds)
    item.update([tables.messages.claimed_at.set(then), tables.messages.claim.set(claim_made(then))])


def test_a_person_who_left_gets_nothing_more(handle, store, states, tables, twilio):
    store("uno")
    tables.state(ANA).update([tables.state.opted_out.set(True)])

    assert handle(a_bell()) == []
    assert twilio.chat(NUMBER) == []
    assert states() == ["SKIPPED"]


def test_a_person_who_blocked_us_at_twilio_is_left_alone(handle, store, states, tables, twilio):
    store("uno", "dos")
    twilio.post("/config", keywords=True)
    twilio.say(NUMBER, "STOP")

    assert handle(a_bell()) == []
    assert states() == ["FAILED", "SKIPPED"]
    assert tables.state.get(ANA).opted_out
    twilio.post("/config", keywords=False)


def test_a_refusal_is_kept_with_a_reason_for_the_operators(handle, store, tables, twilio):
    store("x" * 1601)

    handle(a_bell())

    item = tables.messages.get(ANA, f"{TURN}~001")
    assert (item.state, item.reason, item.pending) == ("FAILED", "too_long", "dead#2")
    assert tables.state.get(ANA).status == "needs_attention"


def test_poison_ends_in_the_dead_letters_and_holds_nobody_up(handle, store, aws, twilio):
    sqs = boto3.client("sqs")
    store("uno")
    for n, body in enumerate(["no doorbell", a_bell()]):
        sqs.send_message(
            QueueUrl=aws.outbox, MessageBody=body, MessageGroupId=ANA, MessageDeduplicationId=str(n)
        )

    first = _drain(sqs, aws.outbox)

    assert [each["Body"] for each in first] == ["no doorbell", a_bell()]
    assert _drain(sqs, aws.outbox) == []
    assert twilio.chat(NUMBER) == ["uno"]
    (letter,) = sqs.receive_message(
        QueueUrl=queue_url_of(aws.outbox), MessageAttributeNames=["All"]
    )["Messages"]
    assert letter["Body"] == "no doorbell"
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "bad_doorbell"


def test_an_item_that_cannot_be_read_is_set_aside_and_the_others_are_sent(
    handle, store, states, tables, twilio
):
    store("uno", "dos")
    tables.messages(ANA, f"{TURN}~001").update([tables.messages.kind.set("hologram")])

    assert handle(a_bell()) == []
    assert twilio.chat(NUMBER) == ["dos"]
    assert tables.messages.get(ANA, f"{TURN}~001").parked == "unreadable_item"


def test_a_replayed_message_really_goes_out_again_under_its_key(
    handle, store, states, tables, twilio, tmp_path
):
    store("uno")
    written = tables.state.last_inbound_at
    tables.state(ANA).update([written.set(datetime.now(UTC) - timedelta(days=2))])
    handle(a_bell())
    assert states() == ["FAILED"]
    tables.state(ANA).update([written.set(datetime.now(UTC))])
    LeaseTable(tables, shards=4).found()

    where = ["--data", str(tmp_path / "none"), "--env", str(tmp_path / "absent.env")]
    told = CliRunner().invoke(
        application(), ["dead-letters", "replay", f"{ANA}:{TURN}~001", *where]
    )
    assert told.exit_code == 0
    handle(a_bell())

    assert states() == ["SENT"]
    assert twilio.chat(NUMBER) == ["uno"]
    assert twilio.sent()[-1]["StatusCallback"].endswith(f"?c={ANA}&k={TURN}~001")


def _drain(sqs, url):
    """One poll as Lambda makes it: what is not to come back is deleted."""
    from functions.reply_sender.handler import handler

    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
    taken = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages", [])
    records = [
        _record(0, each["Body"], each["Attributes"]["ApproximateReceiveCount"])
        | {"messageId": each["MessageId"], "receiptHandle": each["ReceiptHandle"]}
        for each in taken
    ]
    failed = handler({"Records": records}, context)["batchItemFailures"]
    back = {each["itemIdentifier"] for each in failed}
    for each in taken:
        if each["MessageId"] not in back:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return taken


def test_typing_is_shown_while_the_turn_is_unanswered(handle, store, twilio):
    sid = twilio.say(NUMBER, "¿hola?")
    store(
        "¿hola?", message_key=TURN, direction=Direction.INBOUND, kind=Kind.MESSAGE,
        state=InboundState.ASKED, twilio_message_id=sid,
    )  # fmt: skip

    assert handle(a_bell(BellKind.TYPING, TURN)) == []
    assert twilio.typed() == [sid]


def test_typing_that_fails_fails_nothing(handle, store, twilio):
    store(
        "¿hola?", message_key=TURN, direction=Direction.INBOUND, kind=Kind.MESSAGE,
        state=InboundState.ASKED, twilio_message_id="SM" + "0" * 32,
    )  # fmt: skip
    twilio.faults({"kind": "reset", "route": "typing"})

    assert handle(a_bell(BellKind.TYPING, TURN)) == []


def test_when_time_is_short_the_doorbell_is_left_to_another(handle, store, states, twilio):
    store("uno")

    assert handle(a_bell(), left_s=2.5) == ["0"]
    assert twilio.chat(NUMBER) == []
    assert states() == ["PENDING"]


def test_an_answer_costs_three_calls_beside_the_post(handle, store, tables, twilio, monkeypatch):
    import botocore.client

    store("uno")
    handle(a_bell(key="0" * 26))  # builds the application
    store("dos", first=2)
    calls = []
    original = botocore.client.BaseClient._make_api_call

    def counted(client, operation, kwargs):
        calls.append(operation)
        return original(client, operation, kwargs)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counted)
    handle(a_bell(key=f"{TURN}~002"))

    # The two reads are made side by side.
    assert sorted(calls[:2]) == ["GetItem", "Query"]
    assert calls[2:] == ["TransactWriteItems", "UpdateItem"]
