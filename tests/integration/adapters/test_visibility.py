"""Doorbells that come back when they are told to."""

from __future__ import annotations

import boto3
import pytest

from conversation.adapters.visibility import SqsVisibility
from conversation.errors import Transient


@pytest.fixture
def sqs(aws):
    return boto3.client("sqs")


@pytest.fixture
def taken(sqs, aws):
    """A message of the outbox that was received, and is out."""
    sqs.send_message(
        QueueUrl=aws.outbox, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="1"
    )
    (message,) = sqs.receive_message(QueueUrl=aws.outbox)["Messages"]
    return message["ReceiptHandle"]


def test_a_message_comes_back_at_once(sqs, aws, taken):
    assert "Messages" not in sqs.receive_message(QueueUrl=aws.outbox)

    SqsVisibility(sqs, aws.outbox).come_back(taken, 0)

    assert len(sqs.receive_message(QueueUrl=aws.outbox)["Messages"]) == 1


def test_a_message_stays_away_for_as_long_as_it_is_told(sqs, aws, taken):
    SqsVisibility(sqs, aws.outbox).come_back(taken, 7.2)

    assert "Messages" not in sqs.receive_message(QueueUrl=aws.outbox)


def test_a_message_that_is_gone_cannot_be_put_off(sqs, aws, taken):
    with pytest.raises(Transient):
        SqsVisibility(sqs, aws.outbox).come_back("no receipt", 1)
