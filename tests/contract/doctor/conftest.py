"""A deployment in good health: both simulators as processes, the real webhook, an AWS of moto's."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import httpx
import pytest

from conversation.adapters.tables.leases import LeaseTable
from conversation.leases import Worker
from infra.doctor.examination import Examination
from infra.doctor.groups import groups_of
from infra.doctor.webhook import OVERRIDES
from infra.local.gateway.functions import FUNCTIONS
from infra.local.gateway.http_events import Request, http_event
from tests.stand_in import StandIn
from tests.webhooks import ACCOUNT_SID, AUTH_TOKEN, SENDER

ROOT = Path(__file__).parents[3]
KEY = "sk_of_the_test"
AGENT = "agent_of_the_test"
TEMPLATE = "HX" + "d" * 32
PEPPER = "a pepper that is long enough"
CONNECTOR = "connector-of-the-test"
EVENTS = ["agent_response", "agent_response_complete", "agent_tool_request", "ping"]


class ElevenLabs:
    """The simulator as a process, and its control API."""

    def __init__(self):
        command = [sys.executable, "-m", "infra.local.elevenlabs", "--port=0", f"--api-key={KEY}"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.url = json.loads(self._process.stdout.readline())["listening"]
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=10)

    def ask(self, method, path, document=None):
        headers = {"xi-api-key": KEY}
        answer = self._http.request(method, path, json=document, headers=headers)
        return answer.raise_for_status().json()

    def agent(self, **fields):
        known = {"client_events": EVENTS, "first_message": "Hola.", "prompt": "Eres Sofía."}
        self.ask("PUT", f"/_sim/agents/{AGENT}", known | fields)

    def call(self, **initiation):
        """A call that is over."""
        body = {
            "agent_id": AGENT, "agent_phone_number_id": "phnum_1", "to_number": "+573138539155",
            "conversation_initiation_client_data": initiation,
        }  # fmt: skip
        name = self.ask("POST", "/v1/convai/twilio/outbound-call", body)["conversation_id"]
        for _ in range(500):
            if self.ask("GET", f"/v1/convai/conversations/{name}")["status"] == "done":
                return
            threading.Event().wait(0.02)
        raise AssertionError("the call did not end")

    def close(self):
        self._http.close()
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()


class Door:
    """The real webhook's handler, behind HTTP."""

    def __init__(self):
        self.answer = None
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # the name http.server asks for
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = door.answer or door._handled(self, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def _handled(self, asked, body):
        from functions.twilio_webhook.handler import handler

        request = Request(
            method="POST", raw_path=asked.path, raw_query="", headers=tuple(asked.headers.items()),
            body=body, client_ip="127.0.0.1",
        )  # fmt: skip
        trigger = FUNCTIONS["twilio_webhook"].trigger
        result = handler(http_event(request, trigger, now=datetime.now(UTC), request_id="1"), None)
        return result["statusCode"], result["body"].encode()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Deployment:
    """Everything that the doctor looks at, and the settings it is told."""

    elevenlabs: ElevenLabs
    twilio: StandIn
    door: Door
    aws: object
    tables: object
    values: dict
    now: object = field(default=lambda: datetime.now(UTC))

    def set(self, **values):
        self.values.update(values)

    def unset(self, *names):
        for name in names:
            self.values.pop(name)

    def examine(self):
        with httpx.Client(trust_env=False, timeout=5) as http:
            groups = groups_of(self.values)
            return list(Examination(groups, self.values, http, self.now).checks())

    def check(self, name):
        (found,) = [check for check in self.examine() if check.name == name]
        return found

    def sqs(self):
        return boto3.client("sqs")


@pytest.fixture(scope="session")
def elevenlabs():
    running = ElevenLabs()
    running.ask("POST", "/_sim/settings", {"call_seconds": 0.05, "processing_seconds": 0.01})
    yield running
    running.close()


@pytest.fixture(scope="session")
def twilio():
    running = StandIn()
    yield running
    running.close()


@pytest.fixture
def door():
    running = Door()
    yield running
    running.close()


def _redrive(aws):
    """As ``infra/aws/state.yaml`` has it."""
    sqs = boto3.client("sqs")
    for url in (*aws.inbox, aws.outbox):
        name = "outbox-dead-letters.fifo" if url == aws.outbox else "inbox-dead-letters"
        target = f"arn:aws:sqs:eu-west-1:123456789012:hilo-{name}"
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 10})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})


def connected(tables):
    """A connector that holds every shard."""
    leases, now = LeaseTable(tables, shards=4), datetime.now(UTC)
    leases.found()
    leases.beat(Worker(CONNECTOR), now)
    for lease in leases.read(now).leases:
        leases.take(lease, CONNECTOR)


@pytest.fixture
def healthy(aws, tables, elevenlabs, twilio, door, monkeypatch):
    """A deployment in which nothing is wrong, and in which a call was made."""
    from functions.twilio_webhook.wiring import application

    _redrive(aws)
    connected(tables)
    elevenlabs.ask("POST", "/_sim/reset")
    elevenlabs.ask("DELETE", "/_sim/faults")
    elevenlabs.ask("POST", "/_sim/settings", {"tier": "creator"})
    elevenlabs.agent()
    elevenlabs.call(dynamic_variables={"name": "Ana", "debt": "100"})
    twilio.post("/reset")
    url = f"{door.url}/twilio/whatsapp{OVERRIDES}"
    twilio.post("/config", webhook_url=url, public_base_url="", auth_token=AUTH_TOKEN)
    twilio.post("/templates", sid=TEMPLATE, body="Hola {{1}}, de {{2}}.", status="approved")
    values = {
        "ELEVENLABS_API_KEY": KEY,
        "ELEVENLABS_API_URL": elevenlabs.url,
        "DEFAULT_AGENT_ID": AGENT,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_WHATSAPP_NUMBER": SENDER,
        "TWILIO_API_URL": twilio.url,
        "OPENER_CONTENT_SID": TEMPLATE,
        "PUBLIC_BASE_URL": door.url,
        "HILO_PEPPER": PEPPER,
        "AWS_REGION": "eu-west-1",
        "INBOX_QUEUE_URLS": ",".join(aws.inbox),
        "OUTBOX_QUEUE_URL": aws.outbox,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)
    application.cache_clear()
    yield Deployment(elevenlabs, twilio, door, aws, tables, dict(values))
    application.cache_clear()
