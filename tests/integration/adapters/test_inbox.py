"""A shard's queue, as its owner listens to it."""

from __future__ import annotations

import pytest

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.inbox import SqsInbox, listening_client
from conversation.doorbells import BellKind, Doorbell, read_doorbell, shard_of
from conversation.errors import Transient
from conversation.variables import AwsSettings
from tests.aws import REGION

BELL = Doorbell(BellKind.INBOX, "A" * 26, "0" * 26)
SETTINGS = AwsSettings(REGION, None, "hilo")


@pytest.fixture
def inbox(aws):
    session = aws_session()
    bells = SqsBells(sqs_client(session, SETTINGS), inbox_urls=aws.inbox, new_id=lambda: "1")
    bells.ring(BELL)
    url = aws.inbox[shard_of(BELL.contact_id, len(aws.inbox))]
    return SqsInbox(listening_client(session, SETTINGS, connections=2), url)


def test_a_doorbell_is_received_until_it_is_deleted(inbox):
    (letter,) = inbox.receive(0)
    inbox.delete([letter.handle])

    assert read_doorbell(letter.body) == BELL
    assert inbox.receive(0) == []


def test_a_doorbell_that_is_put_back_is_received_again_at_once(inbox):
    (letter,) = inbox.receive(0)
    assert inbox.receive(0) == []

    inbox.put_back(letter.handle)

    assert len(inbox.receive(0)) == 1


def test_a_queue_that_does_not_answer_is_a_reason_to_come_back(aws):
    client = listening_client(aws_session(), SETTINGS, connections=1)
    nowhere = SqsInbox(client, aws.inbox[0] + "-nowhere")

    with pytest.raises(Transient):
        nowhere.receive(0)
