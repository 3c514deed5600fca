"""The functions that Twilio calls, as Lambda runs them, over moto's tables and queues."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.webhooks import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, SECOND_TOKEN, SENDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.adapters.tables.tables import Tables
    from tests.aws import Queues

PEPPER = "the pepper of tests"


@pytest.fixture
def twilio_environment(aws: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the functions that Twilio calls."""
    settings = {
        "INBOX_QUEUE_URLS": ",".join(aws.inbox),
        "OUTBOX_QUEUE_URL": aws.outbox,
        "HILO_PEPPER": PEPPER,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_WHATSAPP_NUMBER": SENDER,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_AUTH_TOKEN_SECONDARY": SECOND_TOKEN,
        "PUBLIC_BASE_URL": BASE_URL,
        "BUSINESS_NAME": "Hilo",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)


@pytest.fixture
def rung(aws: Queues) -> Callable[[str], list[tuple[str, str]]]:
    """The doorbells waiting in a queue ("inbox" over all shards, or "outbox"): contact and key."""
    import boto3

    sqs = boto3.client("sqs")

    def waiting(queue: str) -> list[tuple[str, str]]:
        bells = []
        for url in aws.inbox if queue == "inbox" else (aws.outbox,):
            taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            bells += [json.loads(message["Body"]) for message in taken.get("Messages", [])]
        return [(bell["contact"], bell["key"]) for bell in bells]

    return waiting


@pytest.fixture
def said_to(tables: Tables) -> Callable[[str], list]:
    """All that is stored of a conversation, oldest first."""
    return lambda contact_id: list(tables.messages.query(contact_id, consistent_read=True))
