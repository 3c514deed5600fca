"""Messages to operators as they arrive: at a webhook, and in a topic's queue."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from conversation.adapters.channels import SnsChannel, WebhookChannel, Wording
from conversation.adapters.clients import aws_session, sns_client
from conversation.alerts import Alert, Subject, Topic
from conversation.errors import Permanent, Transient
from conversation.words import Language

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ALERT = Alert(
    key="01K", subject=Subject(Topic.CONFIGURATION, "auth"), count=3, first_at=NOW, last_at=NOW,
    claimed_at=NOW, agent_id="agent_<1>", reason="auth",
)  # fmt: skip
WORDING = Wording("https://hilo.example.com", Language.ES)


@pytest.fixture
def sink():
    """A webhook; ``status`` is what it answers."""

    class Sink(HTTPServer):
        status = 200
        heard: list

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.heard.append((self.headers, json.loads(body)))
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = Sink(("127.0.0.1", 0), Handler)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def webhook(sink):
    return WebhookChannel(f"http://127.0.0.1:{sink.server_port}/hook", WORDING)


def test_a_webhook_hears_what_slack_understands(sink):
    webhook(sink).tell(ALERT)

    ((headers, said),) = sink.heard
    assert set(said) == {"text"}
    assert said["text"].splitlines()[0] == "*Hilo: Algo está mal configurado (3 veces)*"
    assert "ELEVENLABS_API_KEY" in said["text"]
    assert "agent_&lt;1&gt;" in said["text"]
    assert said["text"].endswith("https://hilo.example.com/panel/health")
    assert headers["X-Hilo-Alert"] == "01K"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_webhook_that_is_busy_is_tried_again_later(sink, status):
    sink.status = status

    with pytest.raises(Transient, match="busy"):
        webhook(sink).tell(ALERT)


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_webhook_that_refuses_is_not(sink, status):
    sink.status = status

    with pytest.raises(Permanent, match="NOTIFY_WEBHOOK_URL"):
        webhook(sink).tell(ALERT)


def test_a_webhook_that_is_not_there_is_tried_again_later():
    with pytest.raises(Transient):
        WebhookChannel("http://127.0.0.1:1/hook", WORDING).tell(ALERT)


def test_a_topic_hears_it_with_a_subject(aws):
    import boto3

    from conversation.variables import AwsSettings
    from tests.aws import REGION

    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="mail")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    client = sns_client(aws_session(), AwsSettings(REGION, None, "hilo"))
    SnsChannel(client, topic, WORDING).tell(ALERT)

    (letter,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    said = json.loads(letter["Body"])
    assert said["Subject"] == "Hilo: Algo esta mal configurado (3 veces)"
    assert "https://hilo.example.com/panel/health" in said["Message"]
    assert said["MessageAttributes"]["topic"]["Value"] == "configuration"


def test_a_topic_that_is_gone_is_tried_again_later(aws):
    from conversation.variables import AwsSettings
    from tests.aws import REGION

    client = sns_client(aws_session(), AwsSettings(REGION, None, "hilo"))

    with pytest.raises(Transient):
        SnsChannel(client, f"arn:aws:sns:{REGION}:123456789012:none", WORDING).tell(ALERT)
