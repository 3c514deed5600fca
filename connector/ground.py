"""The first half of the composition root: AWS, and what every part of the connector stands on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from connector.choices import SERVICE, new_worker
from connector.loop import Loop
from connector.rotation import ApiKey
from connector.strands import Aside, Strands
from conversation.adapters.alerting import Alerting
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.dead_letters import SqsDeadLetters
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.inbox import SqsInbox, listening_client
from conversation.adapters.lines import lines
from conversation.adapters.metering import EmfMeter, Metering
from conversation.adapters.tables.alerts import AlertBook
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.tables import Tables
from conversation.errors import HiloError
from conversation.signals import Signal

if TYPE_CHECKING:
    import botocore.session

    from connector.loop import CallbackFailedError
    from connector.settings import BareSettings, ConnectorSettings
    from conversation.identifiers import WorkerId
    from conversation.signals import Signals

LEDGER_THREADS: Final = 8
PROVIDER_THREADS: Final = 4


@dataclass(frozen=True, slots=True)
class Aws:
    """What of AWS the connector uses."""

    tables: Tables
    inboxes: tuple[SqsInbox, ...]
    bells: SqsBells
    dead_letters: SqsDeadLetters
    leases: LeaseTable


def aws_of(settings: ConnectorSettings, session: botocore.session.Session | None = None) -> Aws:
    """Clients and tables, connected lazily except where threads would race for it."""
    session = session or aws_session()
    tables = Tables(settings.aws, session=session, max_connections=LEDGER_THREADS + 4)
    tables.connect()
    shards = settings.inbox.shards
    listener = listening_client(session, settings.aws, connections=shards + 1)
    sqs = sqs_client(session, settings.aws)
    return Aws(
        tables=tables,
        inboxes=tuple(SqsInbox(listener, url) for url in settings.inbox.queue_urls),
        bells=SqsBells(sqs, outbox_url=settings.outbox.queue_url, new_id=new_ulid),
        dead_letters=SqsDeadLetters(sqs, settings.inbox.queue_urls[0], new_id=new_ulid),
        leases=LeaseTable(tables, shards=shards),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What everything else stands on."""

    settings: ConnectorSettings
    key: ApiKey
    aws: Aws
    signals: Signals
    worker: WorkerId
    chance: random.Random
    loop: Loop
    ledger_strands: Strands
    provider_strands: Strands
    aside: Aside
    meter: EmfMeter


def ground_of(settings: ConnectorSettings, aws: Aws, signals: Signals) -> Ground:
    """Nothing is opened yet, and no thread runs."""
    meter = EmfMeter(settings.aws.table_prefix, holds=True)
    signals = Metering(signals, meter)
    aside = Aside(partial(_lost, signals))
    signals = Alerting(signals, AlertBook(aws.tables), now=now, aside=aside.put)
    loop = Loop(on_error=partial(_failed, signals))
    chance = random.Random()  # noqa: S311 - jitter, no secret
    return Ground(
        settings=settings,
        key=ApiKey(settings.elevenlabs.api_key),
        aws=aws,
        signals=signals,
        worker=new_worker(settings, new_ulid()),
        chance=chance,
        loop=loop,
        ledger_strands=Strands(loop, threads=LEDGER_THREADS, chance=chance),
        provider_strands=Strands(loop, threads=PROVIDER_THREADS, chance=chance),
        aside=aside,
        meter=meter,
    )


def signals_of(settings: ConnectorSettings | BareSettings) -> Signals:
    """Where events go."""
    return lines(SERVICE, settings.log.level)


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def _failed(signals: Signals, error: CallbackFailedError) -> None:
    signals(Signal.DEFECT_FOUND, error=type(error.__cause__).__name__, reason=str(error))


def _lost(signals: Signals, error: Exception) -> None:
    reason = error.reason if isinstance(error, HiloError) else type(error).__name__
    signals(Signal.PROVIDER_FAILED, where="aside", reason=reason)
