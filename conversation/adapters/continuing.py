"""The continuation of calls, wired: for the composition roots of those who bring finished calls."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from conversation.adapters.backlog import doorbells_in
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.batches import BatchesTable
from conversation.adapters.tables.pacing import PacingTable
from conversation.adapters.tables.starts import StartsTable
from conversation.adapters.tables.tables import Tables
from conversation.adapters.watching import watched
from conversation.identifiers import MessageKey
from conversation.outbox_room import OutboxRoom
from conversation.pacing import DailyPace, Unpaced
from conversation.starting import Continuation

if TYPE_CHECKING:
    from conversation.pacing import Pace
    from conversation.signals import Signals
    from conversation.variables import (
        AwsSettings,
        IdentitySettings,
        InboxSettings,
        OutboxSettings,
        RetentionSettings,
        StartSettings,
        WordSettings,
    )


class Settings(Protocol):
    """The groups of settings that it takes."""

    @property
    def aws(self) -> AwsSettings: ...  # noqa: D102 - see the group
    @property
    def inbox(self) -> InboxSettings: ...  # noqa: D102 - see the group
    @property
    def outbox(self) -> OutboxSettings: ...  # noqa: D102 - see the group
    @property
    def identity(self) -> IdentitySettings: ...  # noqa: D102 - see the group
    @property
    def start(self) -> StartSettings: ...  # noqa: D102 - see the group
    @property
    def words(self) -> WordSettings: ...  # noqa: D102 - see the group
    @property
    def retention(self) -> RetentionSettings: ...  # noqa: D102 - see the group


def continuing(settings: Settings, signals: Signals) -> tuple[Continuation, BatchesTable]:
    """The use case, and the table of its decisions."""
    session = aws_session()
    sqs, outbox_url = sqs_client(session, settings.aws), settings.outbox.queue_url
    tables = Tables(settings.aws, session=session)
    tables.connect()
    bells = SqsBells(
        sqs,
        inbox_urls=settings.inbox.queue_urls,
        outbox_url=outbox_url,
        new_id=new_ulid,
    )
    starts = StartsTable(
        tables,
        shards=settings.inbox.shards,
        keep_days=settings.retention.message_days,
        pace=time,
        chance=random.Random(),  # noqa: S311 - jitter is no secret
        new_token=new_ulid,
    )
    continuation = Continuation(
        settings=settings.start,
        words=settings.words.words(),
        pepper=settings.identity.pepper,
        starts=starts,
        bells=bells,
        signals=watched(signals, settings.aws, tables),
        new_key=lambda: MessageKey(new_ulid()),
        pace=_pace(settings.start.openers_a_day, tables),
        room=OutboxRoom(lambda: doorbells_in(sqs, outbox_url), time.monotonic),
    )
    return continuation, BatchesTable(tables)


def _pace(openers_a_day: int, tables: Tables) -> Pace:
    if not openers_a_day:
        return Unpaced()
    chance = random.Random()  # noqa: S311 - jitter is no secret
    ledger = PacingTable(tables, pace=time, chance=chance)
    return DailyPace(ledger, openers_a_day, lambda: datetime.now(UTC))
