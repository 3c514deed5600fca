"""``operator_alerts`` as Lambda runs it: dead letters and events become messages at a webhook."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from conversation.adapters.watching import watched
from conversation.signals import Recorded, Signal
from conversation.variables import AwsSettings
from functions.operator_alerts import wiring
from functions.operator_alerts.handler import handler
from tests.aws import PREFIX, REGION


class Context:
    def get_remaining_time_in_millis(self):
        return 60_000


@pytest.fixture
def heard():
    said = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    said_at = f"http://127.0.0.1:{server.server_port}/"
    yield said, said_at
    server.shutdown()
    server.server_close()


@pytest.fixture
def dead(aws, twilio_environment, heard, monkeypatch):
    """The function, told to call ``heard``; the URL of a queue of dead letters."""
    sqs = boto3.client("sqs")
    urls = [
        sqs.get_queue_url(QueueName=f"hilo-{name}")["QueueUrl"]
        for name in ("inbox-dead-letters", "outbox-dead-letters.fifo")
    ]
    topic = boto3.client("sns").create_topic(Name="hilo-alarms")["TopicArn"]
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URLS", ",".join(urls))
    monkeypatch.setenv("NOTIFY_WEBHOOK_URL", heard[1])
    monkeypatch.setenv("NOTIFY_TOPIC_ARN", topic)
    wiring.application.cache_clear()
    yield urls[0]
    wiring.application.cache_clear()


@pytest.fixture
def quiet(monkeypatch):
    """Groups are over at once: a test does not wait."""
    from datetime import timedelta

    from conversation import alerts

    monkeypatch.setattr(alerts, "QUIET", timedelta(0))


def process_of(tables):
    return watched(Recorded(), AwsSettings(REGION, None, PREFIX), tables)


def test_a_dead_letter_is_told_once(dead, heard, quiet):
    boto3.client("sqs").send_message(QueueUrl=dead, MessageBody="{}")

    for _ in range(3):
        handler({}, Context())

    (text,) = heard[0]
    assert text.startswith("*Hilo: Un aviso interno murió en la cola*")
    assert text.endswith("/panel/dead-letters")


def test_a_storm_over_several_processes_is_one_message(dead, heard, quiet, tables):
    processes = [process_of(tables) for _ in range(3)]
    for n in range(60):
        processes[n % 3](Signal.ANSWER_SLOW, contact_id="C" * 26)

    for _ in range(3):
        handler({}, Context())

    (text,) = heard[0]
    assert text.startswith("*Hilo: 60 respuestas tardan*")


def test_few_drops_are_no_message(dead, heard, quiet, tables):
    process = process_of(tables)
    for _ in range(4):
        process(Signal.SOCKET_LOST, contact_id="C" * 26, reason="reset")

    handler({}, Context())

    assert heard[0] == []


def test_an_hour_that_is_over_is_counted_before_anybody_looks(dead, tables):
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    tables.messages(
        contact_id="A" * 26, message_key="K", conversation_id="A" * 26, direction="outbound",
        kind="reply", state="READ", content="hola", sent_at=begins + timedelta(minutes=5),
        latency_ms=700,
    ).save()  # fmt: skip

    handler({}, Context())
    handler({}, Context())

    newest, before = list(tables.alerts.query("hours", scan_index_forward=False))
    assert (newest.name, newest.counted) == (begins.strftime("%Y-%m-%dT%H"), [0, 1, 0, 700])
    assert before.counted == [0, 0, 0]
