"""The connector's composition root: everything is made here and in ``ground``, nowhere else."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from connector.agents import AgentFacts, Agents
from connector.breakers import Breakers
from connector.choices import (
    dialogues,
    room_for,
    session_policy,
    ways,
)
from connector.desk import Desk
from connector.dialer import Dialer
from connector.door import Door
from connector.ground import ground_of, now
from connector.health import Health, made_on
from connector.holder import OnLoop
from connector.hub import Hub
from connector.intake import Intake
from connector.journal import Journal
from connector.keeper import Keeper
from connector.ledger import Ledger
from connector.measures import Measures
from connector.opening import Opening
from connector.pace import Pace
from connector.pages import Pages
from connector.performing import Means
from connector.protocol import dialect_named
from connector.resolver import Resolver
from connector.rotation import Rotation
from connector.service import Service
from connector.tidying import Tidying
from connector.trust import Trust
from conversation.adapters.elevenlabs.client import ElevenLabs
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.commands import CommandTable
from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.turns import TurnTable
from conversation.adapters.values import values
from conversation.doorbells import BellKind
from conversation.identifiers import TurnKey
from conversation.settings import read
from conversation.variables import ElevenLabsSettings

if TYPE_CHECKING:
    from connector.ground import Aws, Ground
    from connector.settings import ConnectorSettings
    from conversation.identifiers import AgentId
    from conversation.signals import Signals


def service(settings: ConnectorSettings, aws: Aws, signals: Signals) -> Service:
    """The whole process, ready to run. Opens the port of its health pages, and nothing else."""
    ground = ground_of(settings, aws, signals)
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


def _means(ground: Ground) -> Means:
    settings = ground.settings
    fence = Fence(ground.aws.tables, pace=time, chance=ground.chance, new_token=new_ulid)
    poison = Poison(ground.aws.tables, ground.aws.dead_letters, ground.signals, kind=BellKind.INBOX)
    contacts = ContactTable(fence, poison)
    elevenlabs = ElevenLabs(settings.elevenlabs, ground.key)
    agents = Agents(
        ground.loop,
        partial(facts_of, elevenlabs),
        strands=ground.provider_strands,
        signals=ground.signals,
    )
    dialect = dialect_named(settings.sockets.dialect)
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
        opening=_opening(ground, elevenlabs, agents, journal),
        journal=journal,
        now=now,
        new_key=lambda: TurnKey(new_ulid()),
        aside=ground.aside.put,
    )


def _opening(ground: Ground, elevenlabs: ElevenLabs, agents: Agents, journal: Journal) -> Opening:
    settings, loop = ground.settings, ground.loop
    pace = Pace(settings.sockets.handshakes_per_s, ground.chance)
    return Opening(
        door=Door(room_for(settings, 0), pace),
        pace=pace,
        breakers=Breakers(ground.chance),
        clock=loop.now,
        soon=loop.call_soon,
        agents=agents,
        ways=ways(settings, elevenlabs, ground.key),
        dial=Dialer(loop, trust=Trust(), resolver=Resolver(loop)).dial,
        dialect=dialect_named(settings.sockets.dialect),
        policy=session_policy(settings),
        strands=ground.provider_strands,
        journal=journal,
    )


def _ledger(ground: Ground, contacts: ContactTable, turns: TurnTable) -> Ledger:
    return Ledger(
        contacts=contacts,
        turns=turns,
        bells=ground.aws.bells,
        signals=ground.signals,
        words=ground.settings.words.words(),
        now=now,
        remembered=ground.settings.context.history_messages,
    )


def _rotation(ground: Ground, hub: Hub) -> Rotation:
    return Rotation(
        ground.loop,
        ground.key,
        read=key_now,
        strands=ground.provider_strands,
        signals=ground.signals,
        changed=hub.key_changed,
    )


def _keeper(ground: Ground, hub: Hub) -> Keeper:
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


def _intake(ground: Ground, hub: Hub) -> Intake:
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


def key_now(*, fresh: bool) -> str:
    """ElevenLabs' key as it is written now."""
    return read(ElevenLabsSettings, values(fresh=fresh)).api_key


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
