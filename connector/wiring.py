"""The connector's composition root: everything is made here, and nothing anywhere else."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from connector.agents import AgentFacts, Agents
from connector.breakers import Breakers
from connector.choices import (
    SERVICE,
    dialogues,
    new_worker,
    room_for,
    session_policy,
    ways,
)
from connector.desk import Desk
from connector.dialer import Dialer
from connector.door import Door
from connector.health import Health, made_on
from connector.holder import OnLoop
from connector.hub import Hub
from connector.intake import Intake
from connector.journal import Journal
from connector.keeper import Keeper
from connector.ledger import Ledger
from connector.loop import Loop
from connector.measures import Measures
from connector.opening import Opening
from connector.pace import Pace
from connector.pages import Pages
from connector.performing import Means
from connector.protocol import dialect_named
from connector.resolver import Resolver
from connector.rotation import ApiKey, Rotation
from connector.service import Service
from connector.strands import Aside, Strands
from connector.tidying import Tidying
from connector.trust import Trust
from conversation.adapters.alerting import Alerting
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.dead_letters import SqsDeadLetters
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.elevenlabs.client import ElevenLabs
from conversation.adapters.identity import new_ulid
from conversation.adapters.inbox import SqsInbox, listening_client
from conversation.adapters.lines import lines
from conversation.adapters.metering import EmfMeter, Metering
from conversation.adapters.tables.alerts import AlertBook
from conversation.adapters.tables.commands import CommandTable
from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.tables import Tables
from conversation.adapters.tables.turns import TurnTable
from conversation.adapters.values import values
from conversation.doorbells import BellKind
from conversation.errors import HiloError
from conversation.identifiers import TurnKey
from conversation.settings import read
from conversation.signals import Signal
from conversation.variables import ElevenLabsSettings

if TYPE_CHECKING:
    import botocore.session

    from connector.loop import CallbackFailedError
    from connector.settings import BareSettings, ConnectorSettings
    from conversation.identifiers import AgentId, WorkerId
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


def service(settings: ConnectorSettings, aws: Aws, signals: Signals) -> Service:
    """The whole process, ready to run. Opens the port of its health pages, and nothing else."""
    ground = _ground(settings, aws, signals)
    means = _means(ground)
    hub = Hub(
        ground.loop,
        means,
        shards=settings.inbox.shards,
        room=partial(room_for, settings),
        sweep_s=settings.sockets.sweep_s,
    )
    rotation = _rotation(ground, hub)
    means.opening.key_refused = rotation.doubt
    keeper = _keeper(ground, hub)
    pages = Pages(
        hub=hub,
        door=means.opening.door,
        breakers=means.opening.breakers,
        strands=ground.ledger_strands,
        journal=means.journal,
        clock=time.monotonic,
        reached_at=lambda: keeper.reached_at,
    )
    health = settings.health
    return Service(
        loop=ground.loop,
        hub=hub,
        door=means.opening.door,
        keeper=keeper,
        intake=_intake(ground, hub),
        health=Health(made_on(ground.loop, pages.all()), host=health.host, port=health.port),
        pages=pages,
        rotation=rotation,
        tidying=Tidying(ground.loop, measures=means.journal.measures, door=means.opening.door),
        ledger_strands=ground.ledger_strands,
        provider_strands=ground.provider_strands,
        aside=ground.aside,
        signals=signals,
        worker=ground.worker,
        report=ground.meter.flush,
        drain_s=settings.leases.drain_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
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


def _ground(settings: ConnectorSettings, aws: Aws, signals: Signals) -> _Ground:
    meter = EmfMeter(settings.aws.table_prefix, holds=True)
    signals = Metering(signals, meter)
    aside = Aside(partial(_lost, signals))
    signals = Alerting(signals, AlertBook(aws.tables), now=now, aside=aside.put)
    loop = Loop(on_error=partial(_failed, signals))
    chance = random.Random()  # noqa: S311 - jitter, no secret
    return _Ground(
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


def _means(ground: _Ground) -> Means:
    settings, strands = ground.settings, ground.provider_strands
    fence = Fence(ground.aws.tables, pace=time, chance=ground.chance, new_token=new_ulid)
    poison = Poison(ground.aws.tables, ground.aws.dead_letters, ground.signals, kind=BellKind.INBOX)
    contacts = ContactTable(fence, poison)
    elevenlabs = ElevenLabs(settings.elevenlabs, ground.key)
    agents = Agents(
        ground.loop, partial(facts_of, elevenlabs), strands=strands, signals=ground.signals
    )
    dialect = dialect_named(settings.sockets.dialect)
    pace = Pace(settings.sockets.handshakes_per_s, ground.chance)
    journal = Journal(
        signals=ground.signals,
        measures=Measures(),
        chronicle=contacts,
        aside=ground.aside.put,
        now=now,
        worker=ground.worker,
    )
    return Means(
        new_dialogue=dialogues(settings, agents, dialect, chance=ground.chance, new_id=new_ulid),
        ledger=_ledger(ground, contacts, TurnTable(fence, shards=settings.inbox.shards)),
        strands=ground.ledger_strands,
        opening=Opening(
            door=Door(room_for(settings, 0), pace),
            pace=pace,
            breakers=Breakers(ground.chance),
            clock=ground.loop.now,
            soon=ground.loop.call_soon,
            agents=agents,
            ways=ways(settings, elevenlabs, ground.key),
            dial=Dialer(ground.loop, trust=Trust(), resolver=Resolver(ground.loop)).dial,
            dialect=dialect,
            policy=session_policy(settings),
            strands=strands,
            journal=journal,
        ),
        journal=journal,
        now=now,
        new_key=lambda: TurnKey(new_ulid()),
        aside=ground.aside.put,
    )


def _ledger(ground: _Ground, contacts: ContactTable, turns: TurnTable) -> Ledger:
    return Ledger(
        contacts=contacts,
        turns=turns,
        bells=ground.aws.bells,
        signals=ground.signals,
        words=ground.settings.words.words(),
        now=now,
        remembered=ground.settings.context.history_messages,
    )


def _rotation(ground: _Ground, hub: Hub) -> Rotation:
    return Rotation(
        ground.loop,
        ground.key,
        read=key_now,
        strands=ground.provider_strands,
        signals=ground.signals,
        changed=hub.key_changed,
    )


def _keeper(ground: _Ground, hub: Hub) -> Keeper:
    leases = ground.settings.leases
    return Keeper(
        ground.aws.leases,
        OnLoop(ground.loop, hub, patience_s=leases.ttl_s / 2),
        worker=ground.worker,
        ttl_s=leases.ttl_s,
        tick_s=leases.tick_s,
        clock=time.monotonic,
        now=now,
        signals=ground.signals,
    )


def _intake(ground: _Ground, hub: Hub) -> Intake:
    desk = Desk(
        hub,
        commands=CommandTable(ground.aws.tables),
        strands=ground.ledger_strands,
        signals=ground.signals,
        now=now,
    )
    wait_s = ground.settings.intake.wait_s
    return Intake(
        ground.loop,
        ground.aws.inboxes,
        desk=desk,
        dead_letters=ground.aws.dead_letters,
        signals=ground.signals,
        wait_s=wait_s,
    )


def signals_of(settings: ConnectorSettings | BareSettings) -> Signals:
    """Where events go."""
    return lines(SERVICE, settings.log.level)


def key_now(*, fresh: bool) -> str:
    """ElevenLabs' key as it is written now."""
    return read(ElevenLabsSettings, values(fresh=fresh)).api_key


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def facts_of(elevenlabs: ElevenLabs, agent_id: AgentId) -> AgentFacts:
    """An agent as ElevenLabs has it configured."""
    config = elevenlabs.agent(agent_id)
    return AgentFacts(
        greets=bool(config.first_message),
        client_events=config.client_events,
        max_session_s=float(config.max_duration_s),
        text_only=config.text_only,
        override_allowed=config.can_chat,
    )


def _failed(signals: Signals, error: CallbackFailedError) -> None:
    signals(Signal.DEFECT_FOUND, error=type(error.__cause__).__name__, reason=str(error))


def _lost(signals: Signals, error: Exception) -> None:
    reason = error.reason if isinstance(error, HiloError) else type(error).__name__
    signals(Signal.PROVIDER_FAILED, where="aside", reason=reason)
