"""The monitor's and the post-call webhook's handlers: an event in, tables and queues out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.doorbells import BellKind, Doorbell
from conversation.identifiers import ContactId, MessageKey
from functions.batch_monitor import handler as monitor
from functions.batch_monitor import wiring as monitor_wiring
from functions.post_call_webhook import handler as webhook
from functions.post_call_webhook import wiring as webhook_wiring
from tests.aws import PREFIX, REGION
from tests.calls import SID

SECRET = "wsec_1"
NUMBER = "+573138539155"


class Workspace(BaseHTTPRequestHandler):
    """Answers the paths that a test filled in."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["xi-api-key"]))
        status, answer = self.server.answers.get(self.path.split("?")[0], (404, {}))
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def workspace():
    with ThreadingHTTPServer(("127.0.0.1", 0), Workspace) as server:
        server.answers, server.asked = {}, []
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def deployment(tables, aws, workspace, monkeypatch):
    """The environment of a deployed function."""
    variables = {
        "AWS_REGION": REGION,
        "TABLE_PREFIX": PREFIX,
        "INBOX_QUEUE_URLS": ",".join(aws.inbox),
        "OUTBOX_QUEUE_URL": aws.outbox,
        "HILO_PEPPER": "pepper",
        "ELEVENLABS_API_KEY": "sk_1",
        "ELEVENLABS_API_URL": f"http://127.0.0.1:{workspace.server_port}",
        "ELEVENLABS_WEBHOOK_SECRET": SECRET,
        "OPENER_CONTENT_SID": SID,
        "BUSINESS_NAME": "Acme",
        "LOG_LEVEL": "INFO",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # this deployment has been running for an hour
    from datetime import UTC, datetime, timedelta

    tables.known_ids(id="first_start", at=datetime.now(UTC) - timedelta(hours=1)).save()
    for wiring in (monitor_wiring, webhook_wiring):
        wiring.application.cache_clear()
    yield tables
    for wiring in (monitor_wiring, webhook_wiring):
        wiring.application.cache_clear()


class Context:
    def get_remaining_time_in_millis(self):
        return 60_000


def a_conversation(conversation_id="conv_1", **metadata):
    return {
        "conversation_id": conversation_id,
        "agent_id": "agent_1",
        "status": "done",
        "metadata": {
            "start_time_unix_secs": int(time.time()) - 300,
            "call_duration_secs": 60,
            "main_language": "es",
            "phone_call": {
                "type": "twilio", "direction": "outbound", "external_number": NUMBER,
            },
            "batch_call": {"batch_call_id": "btcal_1", "batch_call_recipient_id": "rcpt_1"},
            **metadata,
        },
        "analysis": {"transcript_summary": "Hablaron del pedido 7431."},
        "conversation_initiation_client_data": {"dynamic_variables": {"nombre": "Ana"}},
        "transcript": [],
    }  # fmt: skip


def a_batch(**more):
    return {
        "id": "btcal_1",
        "agent_id": "agent_1",
        "status": "completed",
        "last_updated_at_unix": int(time.time()) - 100,
        "total_calls_dispatched": 1,
        **more,
    }


def fill(workspace):
    recipient = {
        "id": "rcpt_1",
        "phone_number": NUMBER,
        "status": "completed",
        "updated_at_unix": int(time.time()) - 200,
        "conversation_id": "conv_1",
    }
    convai = "/v1/convai"
    workspace.answers |= {
        f"{convai}/batch-calling/workspace": (
            200, {"batch_calls": [a_batch()], "has_more": False, "next_doc": None},
        ),
        f"{convai}/batch-calling/btcal_1": (200, a_batch(recipients=[recipient])),
        f"{convai}/conversations/conv_1": (200, a_conversation()),
    }  # fmt: skip


def a_request(told, *, secret=SECRET, at=None, method="POST"):
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    t = int(at or time.time())
    digest = hmac.new(secret.encode(), f"{t}.".encode() + raw, hashlib.sha256).hexdigest()
    return {
        "version": "2.0",
        "rawPath": "/elevenlabs/post-call",
        "rawQueryString": "",
        "headers": {"elevenlabs-signature": f"t={t},v0={digest}"},
        "requestContext": {"http": {"method": method}},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }


def told(**metadata):
    return {
        "type": "post_call_transcription",
        "event_timestamp": int(time.time()),
        "data": a_conversation(**metadata),
    }


def rung(aws):
    sqs = boto3.client("sqs", region_name=REGION)
    bodies = []
    for url in (*aws.inbox, aws.outbox):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        bodies += [json.loads(message["Body"]) for message in answer.get("Messages", ())]
    return sorted(body["kind"] for body in bodies), json.dumps(bodies)


def fill_outbox(aws, monkeypatch):
    """As many doorbells wait as may, and that is believed for no time."""
    monkeypatch.setattr("conversation.outbox_room.MOST_WAITING", 1)
    monkeypatch.setattr("conversation.outbox_room.BELIEVED_S", 0.0)
    bells = SqsBells(boto3.client("sqs"), outbox_url=aws.outbox, new_id=new_ulid)
    bells.ring(Doorbell(BellKind.OUTBOX, ContactId("A" * 26), MessageKey("01")))


def openers(tables):
    return [item for item in tables.messages.scan() if item.kind == "opener"]


def test_half_a_sign_in_a_summary_costs_nobody_their_conversation(deployment):
    conversation = a_conversation()
    conversation["analysis"]["transcript_summary"] = "Muy amable \ud83d"
    conversation["conversation_initiation_client_data"]["dynamic_variables"]["nombre"] = "Ana\udc00"
    told = {"type": "post_call_transcription", "event_timestamp": 1, "data": conversation}

    assert webhook.handler(a_request(told), Context())["statusCode"] == 200

    (state,) = deployment.state.scan()
    assert (state.client_name, state.call_summary) == ("Ana�", "Muy amable �")


def test_a_signed_body_nested_without_end_is_dropped_in_peace(deployment):
    body = b'{"type":"post_call_transcription","data":' + b"[" * 20_000

    assert webhook.handler(a_request(body), Context())["statusCode"] == 200
    assert list(deployment.state.scan()) == []


def test_a_tick_makes_of_a_finished_call_a_conversation(deployment, aws, workspace):
    fill(workspace)

    assert monitor.handler({}, Context()) is None

    (opener,) = openers(deployment)
    assert opener.state == "PENDING"
    assert opener.content.startswith("Hola Ana, soy el asistente de Acme.")
    assert deployment.batch_calls.get("btcal_1", "rcpt_1").outcome == "started"
    assert deployment.batch_calls.get("btcal_1", "~").undecided == 0
    kinds, queued = rung(aws)
    assert kinds == ["inbox", "outbox"]
    assert NUMBER not in queued
    assert {key for _, key in workspace.asked} == {"sk_1"}


def test_while_the_outbox_is_full_a_batch_waits_for_the_next_tick(
    deployment, aws, workspace, monkeypatch
):
    fill(workspace)
    fill_outbox(aws, monkeypatch)

    monitor.handler({}, Context())
    assert openers(deployment) == []

    boto3.client("sqs").purge_queue(QueueUrl=aws.outbox)
    monitor.handler({}, Context())
    assert len(openers(deployment)) == 1


def test_a_call_that_the_webhook_brings_to_a_full_outbox_is_begun_by_the_monitor_later(
    deployment, aws, workspace, monkeypatch
):
    fill(workspace)
    fill_outbox(aws, monkeypatch)

    answer = webhook.handler(a_request(told()), None)
    waiting = deployment.batch_calls.get("btcal_1", "rcpt_1")
    monitor.handler({}, Context())
    assert (answer["statusCode"], openers(deployment)) == (200, [])
    assert (waiting.outcome, waiting.reason) == ("waiting", "outbox_full")

    boto3.client("sqs").purge_queue(QueueUrl=aws.outbox)
    monitor.handler({}, Context())
    assert len(openers(deployment)) == 1
    assert deployment.batch_calls.get("btcal_1", "rcpt_1").outcome == "started"


def test_the_monitor_and_the_webhook_make_one_conversation(deployment, aws, workspace):
    fill(workspace)

    answer = webhook.handler(a_request(told()), None)
    monitor.handler({}, Context())
    again = webhook.handler(a_request(told()), None)

    assert answer["statusCode"] == again["statusCode"] == 200
    assert len(openers(deployment)) == 1


def test_the_webhook_alone_is_enough(deployment, aws):
    answer = webhook.handler(a_request(told()), None)

    assert answer["statusCode"] == 200
    assert len(openers(deployment)) == 1
    assert deployment.batch_calls.get("btcal_1", "rcpt_1").call_id == "conv_1"
    assert rung(aws)[0] == ["inbox", "outbox"]


def test_a_text_session_of_our_own_starts_nothing(deployment):
    answer = webhook.handler(a_request(told(phone_call=None, text_only=True)), None)

    assert answer["statusCode"] == 200
    assert openers(deployment) == []


def test_neither_number_name_nor_text_reaches_the_log(deployment, workspace, caplog):
    fill(workspace)

    monitor.handler({}, Context())
    webhook.handler(a_request(told()), None)

    # Without clocks and threads, whose numbers may hold any four digits.
    values = [value for record in caplog.records for value in vars(record).values()]
    logged = str([value for value in values if isinstance(value, str)])
    assert "conversation_started" in logged
    for secret in (NUMBER, "Ana", "pedido 7431", "rcpt_1"):
        assert secret not in logged


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (a_request({"type": "x"}, secret="other"), 403),
        (a_request({"type": "x"}, at=1), 403),
        ({"requestContext": {"http": {"method": "POST"}}, "body": "{}"}, 403),
        (a_request({"type": "x"}, method="GET"), 405),
        ({"body": "%%%", "isBase64Encoded": True}, 400),
        ({"body": "x" * (10 * 1024 * 1024 + 1)}, 413),
    ],
    ids=["another's secret", "replayed", "unsigned", "a GET", "no base64", "too large"],
)
def test_bad_requests_are_refused_and_nothing_is_stored(deployment, event, status):
    assert webhook.handler(event, None)["statusCode"] == status
    assert openers(deployment) == []


def test_six_megabytes_of_sound_are_taken_and_dropped(deployment):
    sound = b'{"type":"post_call_audio","data":{"full_audio":"' + b"A" * 6_000_000 + b'"}}'

    assert webhook.handler(a_request(sound), None)["statusCode"] == 200


def test_without_its_secret_the_webhook_says_what_is_missing(deployment, monkeypatch):
    monkeypatch.delenv("ELEVENLABS_WEBHOOK_SECRET")

    answer = webhook.handler(a_request(told()), None)

    assert answer["statusCode"] == 503
    assert "ELEVENLABS_WEBHOOK_SECRET" in answer["body"]


def test_a_refused_key_ends_the_tick_and_is_told(deployment, workspace, caplog):
    refusal = (401, {"detail": {"status": "invalid_api_key", "message": "no"}})
    workspace.answers["/v1/convai/batch-calling/workspace"] = refusal

    monitor.handler({}, Context())

    (event,) = [vars(record) for record in caplog.records]
    assert (event["event"], event["reason"]) == ("provider_failed", "invalid_api_key")
    assert "ELEVENLABS_API_KEY" in event["remedy"]
