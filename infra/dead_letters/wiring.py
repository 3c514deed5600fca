"""The desk's composition root: the tables and queues of the stack that the settings name.

Queues are found by their names, which ``infra/aws/state.yaml`` makes of the prefix: so it is the
same here and against a deployed stack.
"""

from __future__ import annotations

import getpass
import random
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.dead_letters import SqsBox, SqsBoxes
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.buried import BuriedTable
from conversation.adapters.tables.leases import deployed_shards
from conversation.adapters.tables.operating import AuditTable
from conversation.adapters.tables.tables import Tables
from conversation.dead_letters import Box
from conversation.errors import Permanent
from conversation.identifiers import MessageKey
from conversation.replaying import Replaying
from conversation.settings import read
from conversation.variables import AwsSettings
from infra.dead_letters.desk import DeadLetterDesk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sqs import SQSClient


@contextmanager
def opened(values: Mapping[str, str]) -> Iterator[DeadLetterDesk]:
    """The desk, with every letter on it; what is not dropped is put back at the end.

    Raises ``MisconfiguredError``, ``Permanent`` where there is no such stack, or ``Transient``.
    """
    settings = read(AwsSettings, values)
    session = aws_session()
    if settings.endpoint_url is not None:
        key, secret = values.get("AWS_ACCESS_KEY_ID"), values.get("AWS_SECRET_ACCESS_KEY")
        session.set_credentials(key or "", secret or "")
    tables, sqs = Tables(settings, session=session), sqs_client(session, settings)
    shards = deployed_shards(tables)
    prefix = settings.table_prefix
    boxes = SqsBoxes(
        SqsBox(sqs, _url(sqs, f"{prefix}-inbox-dead-letters"), Box.INBOX),
        SqsBox(sqs, _url(sqs, f"{prefix}-outbox-dead-letters.fifo"), Box.OUTBOX),
    )
    graves = _graves(tables, shards)
    with boxes.opened() as letters:
        yield DeadLetterDesk(
            letters=letters,
            graves=graves,
            replaying=Replaying(
                boxes=boxes,
                graves=graves,
                bells=SqsBells(
                    sqs,
                    inbox_urls=[_url(sqs, f"{prefix}-inbox-{n}") for n in range(shards)],
                    outbox_url=_url(sqs, f"{prefix}-outbox.fifo"),
                    new_id=new_ulid,
                ),
                audit=AuditTable(tables),
                new_key=lambda: MessageKey(new_ulid()),
            ),
            who=getpass.getuser(),
            clock=lambda: datetime.now(UTC),
        )


def _graves(tables: Tables, shards: int) -> BuriedTable:
    chance = random.Random()  # noqa: S311 - jitter is no secret
    return BuriedTable(tables, shards=shards, pace=time, chance=chance, new_token=new_ulid)


def _url(sqs: SQSClient, name: str) -> str:
    try:
        return sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except (ClientError, BotoCoreError) as error:
        raise Permanent(
            f"there is no queue {name}: is this the right account, region and TABLE_PREFIX?",
            reason="no_queue",
        ) from error
