"""Items that cannot be read: set aside once, with a letter, and nobody waits behind them."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

import boto3
import pytest

from conversation.adapters.dead_letters import SqsBox, SqsDeadLetters
from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.fence import Fence, Owner
from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.poison import Poison
from conversation.dead_letters import Box, queue_url_of
from conversation.doorbells import BellKind
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.signals import Recorded, Signal
from conversation.state import Status
from tests.aws import PREFIX, template
from tests.letters import Letters

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
GOOD, BAD, LATER = (f"01{n:024}" for n in range(3))


@pytest.fixture
def letters():
    return Letters()


@pytest.fixture
def signals():
    return Recorded()


@pytest.fixture
def contacts(tables, letters, signals, pace, chance):
    tokens = (f"token-{n}" for n in itertools.count())
    fence = Fence(tables, pace=pace, chance=chance, new_token=lambda: next(tokens))
    for key in (GOOD, BAD, LATER):
        message = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=Direction.INBOUND,
            kind=Kind.MESSAGE, content="hola", state=InboundState.NEW, sent_at=NOW,
        )  # fmt: skip
        item_of(tables.messages, message, shards=4).save()
    return ContactTable(fence, Poison(tables, letters, signals, kind=BellKind.INBOX))


def spoil(**attributes):
    table = boto3.resource("dynamodb").Table(f"{PREFIX}-conversation_messages")
    for name, value in attributes.items():
        table.update_item(
            Key={"contact_id": ANA, "message_key": BAD},
            UpdateExpression="SET #n = :v",
            ExpressionAttributeNames={"#n": name},
            ExpressionAttributeValues={":v": value},
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sent_at", "yesterday"), ("sent_at", 7), ("state", "MADE_UP"), ("kind", "hologram"),
        ("direction", "sideways"), ("attempts", "many"), ("content", 5),
    ],
)  # fmt: skip
def test_the_others_of_a_contact_are_read_all_the_same(contacts, name, value):
    spoil(**{name: value})

    read = [m.message_key for m in contacts.read(ANA, GOOD, 10)]

    assert read[0] == GOOD
    assert read[-1] == LATER


@pytest.mark.parametrize("name", ["sent_at", "state", "kind", "direction"])
def test_it_is_told_once_and_no_longer_swept(contacts, letters, signals, tables, name):
    spoil(**{name: "nonsense"})

    for _ in range(3):
        contacts.read(ANA, GOOD, 10)

    ((body, reason),) = letters
    assert json.loads(body) == {"v": 1, "kind": "inbox", "contact": ANA, "key": BAD}
    assert reason == "unreadable_item"
    assert signals.names() == [Signal.ITEM_UNREADABLE]
    assert tables.messages.get(ANA, BAD).pending is None


def test_where_the_letter_cannot_be_left_it_is_told_again(contacts, letters):
    spoil(state="MADE_UP")
    letters.broken = True
    contacts.read(ANA, GOOD, 10)

    letters.broken = False
    contacts.read(ANA, GOOD, 10)

    assert len(letters) == 1


def test_what_is_not_essential_counts_as_absent(contacts, letters):
    spoil(attempts="many", claimed_at="soon")

    (bad,) = [m for m in contacts.read(ANA, GOOD, 10) if m.message_key == BAD]

    assert (bad.attempts, bad.claimed_at) == (0, None)
    assert letters == []


def test_a_report_about_it_is_about_nothing_known(contacts, tables, pace, chance):
    spoil(state="MADE_UP")
    table = DeliveryTable(tables, shards=4, pace=pace, chance=chance, new_token=lambda: "t")

    assert table.find(ANA, BAD) is None


def test_a_state_is_read_as_far_as_it_can_be(contacts, tables):
    state = boto3.resource("dynamodb").Table(f"{PREFIX}-conversation_state")
    state.put_item(
        Item={"contact_id": ANA, "status": "dreaming", "last_inbound_at": 3, "agent_id": "agent_1",
              "dynamic_variables": "{", "sitting": '{"since": "?"}'}
    )  # fmt: skip

    read = contacts.touch(ANA, Owner(5, 1))

    assert (read.status, read.agent_id, read.last_inbound_at) == (Status.ACTIVE, "agent_1", None)
    assert dict(read.dynamic_variables) == {}
    assert read.sitting is None


@pytest.mark.parametrize(("box", "queue"), [(Box.INBOX, "inbox-2"), (Box.OUTBOX, "outbox.fifo")])
def test_a_letter_lies_in_its_box_with_its_reason_until_it_is_dropped(aws, one_server, box, queue):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-{queue}")["QueueUrl"]
    new_id = iter(["one", "two"])
    letters = SqsDeadLetters(sqs, url, new_id=lambda: next(new_id))
    letters.put("{", "bad_doorbell")
    letters.put("[", "bad_doorbell")
    opened = SqsBox(sqs, queue_url_of(url), box)

    with opened.opened() as found:
        assert sorted((each.body, each.reason) for each in found) == [
            ("[", "bad_doorbell"), ("{", "bad_doorbell"),
        ]  # fmt: skip
        opened.drop(found[0])
    with opened.opened() as left:
        assert [each.body for each in left] == [found[1].body]


def test_the_queues_of_dead_letters_are_named_as_the_template_names_them():
    names = [
        each["Properties"]["QueueName"]
        for each in template()["Resources"].values()
        if each["Type"] == "AWS::SQS::Queue"
    ]
    doorbells = [name for name in names if "dead-letters" not in name]

    assert {queue_url_of(f"http://q/{name}") for name in doorbells} == {
        f"http://q/{name}" for name in names if "dead-letters" in name
    }
