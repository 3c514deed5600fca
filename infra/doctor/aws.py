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
        return failed("queues", "queues_unseen", codes=", ".join(lost))
    if not outbox.queue_url.endswith(".fifo"):
        return failed("queues", "outbox_unordered")
    waiting = sum(each.waiting for each in seen if isinstance(each, Queue))
    return judged(
        "queues",
        holds=waiting < MANY,
        good="queues_heeded",
        bad="queues_unheeded",
        shards=inbox.shards,
        waiting=waiting,
    )


def dead_letters(seen: Sequence[Queue | str]) -> Finding:
    """Whether something could not be done, over and over."""
    known = [each for each in seen if isinstance(each, Queue)]
    if any(each.dead is None for each in known) or not known:
        return untold("dead_letters", "letters_unseen")
    # The shards share one.
    shared = {each.dead for each in known[:-1]} or {0}
    count = max(each or 0 for each in shared) + (known[-1].dead or 0)
    return judged(
        "dead_letters",
        holds=not count,
        good="letters_none",
        bad="letters_dead",
        count=count,
    )


def tables(shards: int | HiloError, inbox: InboxSettings) -> Finding:
    """Whether the tables are there, with as many shards as there are queues."""
    if isinstance(shards, HiloError):
        return failed("tables", "tables_unread", said=str(shards))
    return judged(
        "tables",
        holds=shards in {0, inbox.shards},
        good="tables_there" if shards else "tables_new",
        bad="tables_other_shards",
        shards=shards,
        ours=inbox.shards,
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
        return untold("connectors", "connectors_unread", said=str(fleet))
    orphans = [lease.shard for lease in fleet.leases if lease.owner is None]
    if not fleet.workers and not ever:
        return untold("connectors", "connectors_never")
    return judged(
        "connectors",
        holds=bool(fleet.workers) and not orphans,
        good="connectors_hold",
        bad="connectors_let_go" if orphans else "connectors_gone",
        running=len(fleet.workers),
        shards=len(fleet.leases),
        orphans=orphans,
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
        return failed("pepper", "pepper_short", count=len(text))
    if not people:
        return ok("pepper", "pepper_untried")
    known = any(_is_named(contact_id, number, text) for contact_id, number in people)
    return judged("pepper", holds=known, good="pepper_first", bad="pepper_other")


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
        yield untold(name, "undeployed")


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
