"""``python -m connector`` as a process, with real signals: how it ends."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.tables import Tables
from conversation.doorbells import BellKind, Doorbell
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.variables import AwsSettings
from infra.local.emulator import emulator
from infra.local.processes import ROOT
from infra.local.stack import EMULATOR_HOME
from tests.aws import PREFIX, REGION, create_all
from tests.integration.connector.agents import far_agent, on_demand
from tests.system.conftest import until

pytestmark = pytest.mark.system

ANA = "A" * 26
ANSWER = "oído: hola"


def answers(ready):
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(ready.url + ready.path, trust_env=False).is_success
    return False


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """An emulator of this module's own, with our tables and queues."""
    folder = tmp_path_factory.mktemp("aws")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    spec = emulator(home=EMULATOR_HOME, data=folder, environment=kept)
    with pytest.MonkeyPatch.context() as patch, (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            spec.command, env={**spec.environment, "MINISTACK_REGION": REGION}, stdout=log,
            stderr=log,
        )  # fmt: skip
        try:
            until(lambda: answers(spec.ready), within_s=60)
            url = f"http://127.0.0.1:{spec.environment['GATEWAY_PORT']}"
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                patch.setenv(name, "local")
            patch.delenv("AWS_PROFILE", raising=False)
            patch.setenv("AWS_ENDPOINT_URL", url)
            yield url, create_all()
        finally:
            process.kill()
            process.wait(10)


class Connector:
    """The process, what it tells, and the person whose doorbell it hears."""

    def __init__(self, endpoint, agent):
        url, queues = endpoint
        agents = agent.url.replace("ws", "http", 1).removesuffix("/v1")
        environment = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            if name in os.environ
        } | {
            "AWS_REGION": REGION, "AWS_ENDPOINT_URL": url, "TABLE_PREFIX": PREFIX,
            "INBOX_QUEUE_URLS": ",".join(queues.inbox), "OUTBOX_QUEUE_URL": queues.outbox,
            "ELEVENLABS_API_KEY": "k", "ELEVENLABS_API_URL": agents, "HEALTH_PORT": "0",
            "INBOX_WAIT_S": "1", "LEASE_TICK_S": "0.3", "OPEN_POLICY": "lazy", "DRAIN_S": "20",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connector"], cwd=ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        session, aws = aws_session(), AwsSettings(REGION, url, PREFIX)
        self.tables = Tables(aws, session=session)
        self.tables.connect()
        self.bells = SqsBells(sqs_client(session, aws), inbox_urls=queues.inbox, new_id=new_ulid)

    def _read(self):
        self.lines.extend(self.process.stdout)

    def told(self, event):
        named = [line for line in self.lines if line.startswith("{")]
        return [told for told in map(json.loads, named) if told.get("event") == event]

    def writes(self, text):
        now = datetime.now(UTC)
        state = self.tables.state
        self.tables.state(contact_id=ANA).update(
            [state.agent_id.set("agent_1"), state.last_inbound_at.set(now)]
        )
        key = new_ulid()
        message = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=Direction.INBOUND,
            kind=Kind.MESSAGE, content=text, state=InboundState.NEW, sent_at=now,
        )  # fmt: skip
        item_of(self.tables.messages, message, shards=4).save()
        self.bells.ring(Doorbell(BellKind.INBOX, ANA, key))
        return key

    def said(self):
        found = self.tables.messages.query(ANA, consistent_read=True)
        return [item.content for item in found if item.kind == "reply"]

    def ends(self, within_s):
        status = self.process.wait(within_s)
        self._reader.join(5)
        return status


@contextlib.contextmanager
def a_connector(endpoint, agent):
    connector = Connector(endpoint, agent)
    try:
        until(lambda: len(connector.told("shard_taken")) == 4, within_s=60)
        yield connector
    finally:
        connector.process.kill()
        connector.process.wait(10)
        connector.process.stdout.close()


def test_sigterm_waits_for_the_answer_that_is_owed_and_ends_with_0(endpoint):
    with far_agent(on_demand) as agent, a_connector(endpoint, agent) as connector:
        connector.writes("hola")
        until(lambda: agent.heard)

        connector.process.send_signal(signal.SIGTERM)
        until(lambda: len(connector.told("shard_released")) == 4)
        assert connector.process.poll() is None
        agent.unsent.set()

        assert connector.ends(within_s=20) == 0
        assert connector.said() == [ANSWER]
        assert connector.told("connector_stopped")


def test_a_second_sigterm_exits_at_once_although_an_answer_is_owed(endpoint):
    with far_agent(on_demand) as agent, a_connector(endpoint, agent) as connector:
        key = connector.writes("hola")
        until(lambda: agent.heard)
        connector.process.send_signal(signal.SIGTERM)
        until(lambda: connector.told("connector_draining"))
        began = time.monotonic()

        connector.process.send_signal(signal.SIGTERM)

        assert connector.ends(within_s=5) == 143
        assert time.monotonic() - began < 3
        assert not connector.told("connector_stopped")
        item = connector.tables.messages.get(ANA, key, consistent_read=True)
        assert item.state == InboundState.ASKED  # a new owner asks it again
        agent.unsent.set()
