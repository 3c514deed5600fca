"""Tables and queues: whether they are there, whether they are ours, and what got stuck in them."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from conversation.adapters.clients import aws_session
from conversation.adapters.tables.leases import LeaseTable, deployed_shards
from conversation.adapters.tables.transactions import reading
from conversation.contacts import contact_id_of
from conversation.errors import HiloError, Refused
from conversation.state import Status
from infra.doctor.findings import failed, judged, ok, untold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from botocore.session import Session
    from mypy_boto3_sqs import SQSClient

    from conversation.adapters.tables.tables import Tables
    from conversation.findings import Finding
    from conversation.leases import Fleet
    from conversation.variables import AwsSettings, InboxSettings, OutboxSettings

MANY: Final = 500
"""More doorbells than this wait only where nobody answers them."""

SAMPLE: Final = 5
SHORT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue. ``dead`` is how many letters its dead-letter queue holds."""

    url: str
    waiting: int
    dead: int | None


def session_of(settings: AwsSettings, values: Mapping[str, str]) -> Session:
    """Who asks: one's own AWS profile, or the emulator's keys beside its address."""
    session = aws_session()
    if settings.endpoint_url is not None:
        key, secret = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
        session.set_credentials(values.get(key, ""), values.get(secret, ""))
    return session


def look(client: SQSClient, url: str) -> Queue | str:
    """The queue, or AWS's word for why not."""
    try:
        seen = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(seen.get("RedrivePolicy", "{}"))
        dead = _dead_letters(client, redrive.get("deadLetterTargetArn"))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except BotoCoreError as error:
        return type(error).__name__
    return Queue(url=url, waiting=int(seen["ApproximateNumberOfMessages"]), dead=dead)


def queues(seen: Sequence[Queue | str], inbox: InboxSettings, outbox: OutboxSettings) -> Finding:
    """Whether every queue is there, in its kind, and is listened to."""
    lost = sorted({each for each in seen if isinstance(each, str)})
    if lost:
        return failed(
            "queues",
            f"a queue cannot be looked at: {', '.join(lost)}",
            "Take INBOX_QUEUE_URLS and OUTBOX_QUEUE_URL from the stack's outputs, with its AWS "
            "credentials and AWS_REGION.",
        )
    if not outbox.queue_url.endswith(".fifo"):
        return failed(
            "queues",
            "OUTBOX_QUEUE_URL is no FIFO queue: messages would overtake each other",
            "Take OUTBOX_QUEUE_URL from the stack's outputs.",
        )
    waiting = sum(each.waiting for each in seen if isinstance(each, Queue))
    return judged(
        "queues",
        holds=waiting < MANY,
        good=f"{inbox.shards} shards and the outbox, {waiting} doorbells waiting",
        bad=f"{waiting} doorbells wait, and nobody takes them",
        remedy="Start a connector (ConnectorDesiredCount=1); docs/operations.md says more.",
    )


def dead_letters(seen: Sequence[Queue | str]) -> Finding:
    """Whether something could not be done, over and over."""
    known = [each for each in seen if isinstance(each, Queue)]
    if any(each.dead is None for each in known) or not known:
        return untold(
            "dead_letters",
            "the dead-letter queues cannot be looked at",
            "Deploy infra/aws/state.yaml as it is: each queue has one.",
        )
    # The shards share one.
    shared = {each.dead for each in known[:-1]} or {0}
    count = max(each or 0 for each in shared) + (known[-1].dead or 0)
    return judged(
        "dead_letters",
        holds=not count,
        good="none",
        bad=f"{count} doorbells were given up on",
        remedy="Look at the logs of what rings them, mend it, and start a redrive "
        "(docs/operations.md).",
    )


def tables(shards: int | HiloError, inbox: InboxSettings) -> Finding:
    """Whether the tables are there, with as many shards as there are queues."""
    if isinstance(shards, HiloError):
        return failed(
            "tables",
            str(shards),
            "Check TABLE_PREFIX, AWS_REGION and the AWS credentials against the stack.",
        )
    return judged(
        "tables",
        holds=shards in {0, inbox.shards},
        good="there, " + (f"with {shards} shards" if shards else "and no connector ever ran"),
        bad=f"the deployment has {shards} shards, INBOX_QUEUE_URLS has {inbox.shards}",
        remedy="Take INBOX_QUEUE_URLS from the stack's outputs: its number never changes.",
    )


def shards_of(known: Tables) -> int | HiloError:
    """The number of shards that is stored, or why it cannot be read."""
    try:
        return deployed_shards(known)
    except HiloError as error:
        return error


def connectors(fleet: Fleet | HiloError, *, ever: bool) -> Finding:
    """Whether somebody holds the sockets: what people write waits for a connector."""
    if isinstance(fleet, HiloError):
        return untold("connectors", str(fleet), "Mend the check «tables» first.")
    orphans = [lease.shard for lease in fleet.leases if lease.owner is None]
    if not fleet.workers and not ever:
        return untold("connectors", "none has run yet", "Start one: ConnectorDesiredCount=1.")
    return judged(
        "connectors",
        holds=bool(fleet.workers) and not orphans,
        good=f"{len(fleet.workers)} hold all {len(fleet.leases)} shards",
        bad=f"{len(fleet.workers)} run, and nobody holds the shards {orphans or 'at all'}",
        remedy="Look for connector_waiting or an error in its log; ConnectorDesiredCount=1 starts "
        "one (docs/operations.md, connector-silent).",
    )


def fleet_of(known: Tables, shards: int, now: datetime) -> Fleet | HiloError:
    """Who holds which shard, or why it cannot be read."""
    try:
        return LeaseTable(known, shards=shards).read(now)
    except HiloError as error:
        return error


def pepper(text: str, people: Sequence[tuple[str, str]]) -> Finding:
    """Whether it names people as those who are stored were named: contact id and number each."""
    if len(text) < SHORT:
        return failed(
            "pepper",
            f"it has {len(text)} characters",
            "Make one with `openssl rand -hex 32` - before the first conversation, not after.",
        )
    if not people:
        return ok("pepper", "nobody is stored yet who could contradict it")
    known = any(_is_named(contact_id, number, text) for contact_id, number in people)
    return judged(
        "pepper",
        holds=known,
        good="it names people as they are stored",
        bad="with it everybody who is stored would be a stranger",
        remedy="Set HILO_PEPPER to the first one (the stack's output PepperArn names its secret).",
    )


def people_of(known: Tables) -> list[tuple[str, str]]:
    """A few who are stored, with a number."""
    found: list[tuple[str, str]] = []
    try:
        with reading():
            for status in Status:
                rows = known.state.by_status.query(status.value, limit=SAMPLE)
                found += [(row.contact_id, row.phone_number) for row in rows if row.phone_number]
    except HiloError:
        return []
    return found[:SAMPLE]


def not_deployed() -> Iterator[Finding]:
    """There is nothing to look at yet."""
    for name in ("tables", "connectors", "queues", "dead_letters", "pepper"):
        yield untold(
            name,
            "nothing is deployed yet, or this command was not told where",
            "Run it again with --stack NAME after `sam deploy`, or with --attach beside `make up`.",
        )


def _dead_letters(client: SQSClient, arn: str | None) -> int | None:
    if arn is None:
        return None
    url = client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    answer: Any = client.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _is_named(contact_id: str, number: str, text: str) -> bool:
    try:
        return hmac.compare_digest(contact_id_of(number, text), contact_id)
    except Refused:
        return False
