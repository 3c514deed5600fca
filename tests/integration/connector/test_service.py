"""The whole process but its main thread: tables and queues by moto, an agent on loopback."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest

from connector.ground import aws_of
from connector.settings import load
from connector.wiring import service
from conversation.adapters.dead_letters import SqsBox
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.sockets import SocketTable
from conversation.dead_letters import Box, queue_url_of
from conversation.doorbells import BellKind, Doorbell, shard_of
from conversation.leases import Worker
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.signals import Recorded, Signal
from tests.aws import PREFIX, REGION
from tests.integration.connector.agents import echoing, far_agent, on_demand

ANA = "A" * 26
UNAUTHORIZED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


def settings_for(aws, agent_url, **more):
    url = agent_url.replace("ws", "http", 1).removesuffix("/v1")
    return load(
        {
            "AWS_REGION": REGION, "TABLE_PREFIX": PREFIX,
            "INBOX_QUEUE_URLS": ",".join(aws.inbox), "OUTBOX_QUEUE_URL": aws.outbox,
            "ELEVENLABS_API_KEY": "k", "ELEVENLABS_API_URL": url, "ELEVENLABS_TIMEOUT_S": "1",
            "HEALTH_PORT": "0", "INBOX_WAIT_S": "0", "LEASE_TICK_S": "0.2", "LEASE_TTL_S": "2",
            "OPEN_POLICY": "lazy", "DRAIN_S": "5",
        } | more
    )  # fmt: skip


class Running:
    """A connector in a thread, and the world around it."""

    def __init__(self, aws, tables, agent, **more):
        settings = settings_for(aws, agent.url, **more)
        self.tables = tables
        self.signals = Recorded()
        self.aws = aws_of(settings)
        # moto has no long polling to speak of: an ear would never rest.
        unhurried = tuple(Unhurried(i) for i in self.aws.inboxes)
        self.aws = replace(self.aws, inboxes=unhurried)
        self.aws.leases.found()
        self.service = service(settings, self.aws, self.signals)
        self.bells = SqsBells(self.aws.bells._sqs, inbox_urls=aws.inbox, new_id=new_ulid)
        self.thread = threading.Thread(target=self.service.run, daemon=True)
        tables.state(contact_id=ANA).update(
            [
                tables.state.agent_id.set("agent_1"),
                tables.state.phone_number.set("+573138539155"),
                tables.state.last_inbound_at.set(datetime.now(UTC)),
            ]
        )

    def writes(self, text):
        key = new_ulid()
        message = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=Direction.INBOUND,
            kind=Kind.MESSAGE, content=text, state=InboundState.NEW, sent_at=datetime.now(UTC),
        )  # fmt: skip
        item_of(self.tables.messages, message, shards=4).save()
        self.bells.ring(Doorbell(BellKind.INBOX, ANA, key))
        return key

    def said(self):
        found = self.tables.messages.query(ANA, consistent_read=True)
        return [item.content for item in found if item.kind == "reply"]

    def page(self, path):
        url = self.service.health.url + path
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.read().decode()

    def until(self, condition, within_s=30.0):
        end = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < end, self.signals.names()
            time.sleep(0.02)

    def drain(self):
        self.service.loop.call_soon_threadsafe(self.service.drain)
        self.thread.join(30)
        assert not self.thread.is_alive()


class Unhurried:
    """A queue whose empty answers take a moment."""

    def __init__(self, inbox):
        self._inbox = inbox
        self.delete, self.put_back = inbox.delete, inbox.put_back

    def receive(self, wait_s):
        found = self._inbox.receive(wait_s)
        if not found:
            time.sleep(0.05)
        return found


@contextmanager
def running(aws, tables, agent, **more):
    made = Running(aws, tables, agent, **more)
    made.thread.start()
    try:
        made.until(lambda: made.signals.names().count(Signal.SHARD_TAKEN) == 4)
        yield made
    finally:
        made.drain()


@pytest.mark.parametrize("dialect", ["convai", "classic"])
def test_from_the_doorbell_to_the_answer_in_the_table(aws, tables, dialect):
    with (
        far_agent(echoing, dialect=dialect) as agent,
        running(aws, tables, agent, ELEVENLABS_DIALECT=dialect) as connector,
    ):
        key = connector.writes("hola")
        connector.until(connector.said)

        assert connector.said() == ["oído: hola"]
        # moto applies a transaction item by item: another thread may see it half done.
        connector.until(lambda: tables.messages.get(ANA, key).state == InboundState.ANSWERED)
        connector.until(lambda: Signal.ANSWER_STORED in connector.signals.names())


def test_a_rotated_key_is_taken_by_the_running_process_and_by_who_was_refused(
    aws, tables, monkeypatch
):
    vault = boto3.client("secretsmanager")
    secret = vault.create_secret(Name="hilo", SecretString='{"ELEVENLABS_API_KEY": "the_next"}')
    with (
        far_agent(echoing, refusals=2, refusal=UNAUTHORIZED) as agent,
        running(aws, tables, agent) as connector,
    ):
        monkeypatch.setenv("HILO_SECRET_ARN", secret["ARN"])
        connector.writes("hola")
        connector.until(connector.said)

    assert connector.said() == ["oído: hola"]
    assert b"xi-api-key: the_next" in agent.heads[-1].lower()
    assert Signal.KEY_ROTATED in connector.signals.names()


def test_the_pages_tell_how_it_is_and_mask_the_number(aws, tables):
    with far_agent(echoing) as agent, running(aws, tables, agent) as connector:
        connector.writes("hola")
        connector.until(connector.said)

        assert json.loads(connector.page("/healthz"))["ok"] is True
        (row,) = json.loads(connector.page("/connections"))["connections"]
        assert row["contact_id"] == ANA
        assert row["number"] == "+57••••••9155"
        assert row["session"] == "conv_1"
        assert "hilo_opens_total 1" in connector.page("/metrics")
        with pytest.raises(urllib.error.HTTPError, match="404") as absent:
            connector.page("/nothing")
        absent.value.close()


def test_open_sockets_are_in_the_table_and_gone_after_draining(aws, tables):
    shard = shard_of(ANA, 4)
    with far_agent(echoing) as agent, running(aws, tables, agent) as connector:
        connector.writes("hola")
        connector.until(connector.said)
        connector.until(lambda: list(SocketTable(tables).open(shard)))

        connector.drain()

        assert list(SocketTable(tables).open(shard)) == []
        fleet = connector.aws.leases.read(datetime.now(UTC))
        assert [lease.owner for lease in fleet.leases] == [None] * 4
        assert fleet.workers == ()


def test_draining_waits_for_the_answer_that_is_owed(aws, tables):
    with far_agent(on_demand) as agent, running(aws, tables, agent) as connector:
        connector.writes("hola")
        connector.until(lambda: agent.heard)

        connector.service.loop.call_soon_threadsafe(connector.service.drain)
        connector.until(lambda: connector.signals.names().count(Signal.SHARD_RELEASED) == 4)
        assert connector.aws.leases.read(datetime.now(UTC)).workers[0].leaving
        agent.unsent.set()
        connector.thread.join(30)

        assert connector.said() == ["oído: hola"]
        assert connector.signals.names()[-1] is Signal.CONNECTOR_STOPPED


def test_whoever_leaves_answers_on_until_another_has_had_time_to_see_it(aws, tables):
    ticks = {"LEASE_TICK_S": "1.5", "LEASE_TTL_S": "6"}
    with far_agent(echoing) as agent, running(aws, tables, agent, **ticks) as connector:
        connector.aws.leases.beat(Worker("another", 1), datetime.now(UTC))
        connector.service.loop.call_soon_threadsafe(connector.service.drain)
        connector.until(lambda: Signal.CONNECTOR_DRAINING in connector.signals.names())

        connector.writes("hola")
        connector.thread.join(30)

        names = connector.signals.names()
        assert connector.said() == ["oído: hola"]
        assert names.index(Signal.ANSWER_STORED) < names.index(Signal.SHARD_RELEASED)


def test_a_doorbell_that_is_none_goes_to_the_dead_letters_and_the_others_are_heeded(aws, tables):
    with far_agent(echoing) as agent, running(aws, tables, agent) as connector:
        sqs = connector.bells._sqs
        sqs.send_message(QueueUrl=aws.inbox[0], MessageBody="hello")
        connector.until(lambda: Signal.DOORBELL_REFUSED in connector.signals.names())

        connector.writes("hola")
        connector.until(connector.said)
        box = SqsBox(sqs, queue_url_of(aws.inbox[0]), Box.INBOX)
        connector.until(lambda: _letters(box) == [("hello", "bad_doorbell")])


def _letters(box):
    with box.opened() as letters:
        return [(letter.body, letter.reason) for letter in letters]
