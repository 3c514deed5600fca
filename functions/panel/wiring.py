"""The panel's composition root. Built once a process, at the first request."""

from __future__ import annotations

import platform
import random
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from conversation.adapters.alerting import Alerting
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.dead_letters import DeadLetterQueues, SqsBox, SqsBoxes
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.elevenlabs.client import ElevenLabs
from conversation.adapters.identity import new_ulid
from conversation.adapters.signals import logged
from conversation.adapters.tables.alerts import AlertBook, AlertTable
from conversation.adapters.tables.commands import CommandTable
from conversation.adapters.tables.examined import ExaminedTable
from conversation.adapters.tables.graveyard import Graveyard
from conversation.adapters.tables.hours import HourTable
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.operating import AuditTable, OperatingTable
from conversation.adapters.tables.panel import PanelTable
from conversation.adapters.tables.pending import PendingTable
from conversation.adapters.tables.tables import Tables
from conversation.dead_letters import Box, queue_url_of
from conversation.errors import MisconfiguredError, Permanent
from conversation.identifiers import AgentId, MessageKey
from conversation.replaying import Replaying
from conversation.settings import read, variables_of
from functions.panel.act import Operating
from functions.panel.advice import Advice
from functions.panel.assets import Assets
from functions.panel.checks import Checking
from functions.panel.day import Counting
from functions.panel.doors import Doors
from functions.panel.entrance import Entrance
from functions.panel.given_up import GivenUp
from functions.panel.look import Looking
from functions.panel.pages import Pages
from functions.panel.rooms import Rooms
from functions.panel.sessions import Sessions, session_key
from functions.panel.settings import AgentAccess, PanelProcessSettings
from functions.panel.signing_in import Issuer
from functions.panel.site import Site
from functions.panel.watch import Watching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient

    from conversation.identifiers import CallId
    from conversation.variables import SocketSettings

SERVICE: Final = "panel"
_HERE: Final = "hilo doctor --attach"
_DEPLOYED: Final = "hilo doctor --stack NAME"
_PACKAGES: Final = ("aws-lambda-powertools", "botocore", "pynamodb", "Jinja2", "Authlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stores:
    """The tables, by what the panel does with them."""

    shelf: PanelTable
    desk: OperatingTable
    graves: Graveyard
    audit: AuditTable
    orders: CommandTable
    leases: LeaseTable
    alerts: AlertTable
    hours: HourTable


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Site:
    """Everything, wired. Raises ``MisconfiguredError``; then the next request tries again."""
    settings = read(PanelProcessSettings, values)
    session = aws_session()
    tables = Tables(settings.aws, session=session, max_connections=12)
    tables.connect()
    stores = _stores(settings, tables)
    sqs = sqs_client(session, settings.aws)
    agents = _agents(values)
    bells = SqsBells(
        sqs,
        inbox_urls=settings.inbox.queue_urls,
        outbox_url=settings.outbox.queue_url,
        new_id=new_ulid,
    )
    sessions = Sessions(
        session_key(settings.identity.pepper),
        hours=settings.panel.session_h,
        link_key=settings.panel.link_key,
    )
    assets = Assets("/panel/static")
    return Site(
        pages=Pages(assets),
        assets=assets,
        sessions=sessions,
        entrance=Entrance(doors=_doors(settings, sessions, stores.audit), sessions=sessions),
        rooms=_rooms(
            settings,
            stores,
            watching=_watching(settings, stores, bells),
            checking=_checking(settings, tables, sqs, agents),
            given_up=_given_up(settings, stores, sqs, bells),
            doctor=ExaminedTable(tables),
            agents=agents,
        ),
        operating=_operating(stores, bells),
        signals=_signals(settings, tables),
        now=lambda: datetime.now(UTC),
    )


def _signals(settings: PanelProcessSettings, tables: Tables) -> Alerting:
    """What is logged; operators are told of defects as of any other process'."""
    logs = logged(SERVICE, settings.log.level)
    return Alerting(logs, AlertBook(tables), now=lambda: datetime.now(UTC))


class _Agents:
    """ElevenLabs, where there is a key; every question is refused where there is none."""

    def __init__(self, elevenlabs: ElevenLabs | None) -> None:
        self._elevenlabs = elevenlabs

    def transcript(self, call_id: CallId) -> list[tuple[str, str]]:
        """Who said what in a call."""
        return self._asked().transcript(call_id)

    def look(self, agent_id: AgentId | None) -> None:
        """See that the agent can be seen, if there is one to look at."""
        elevenlabs = self._asked()
        if agent_id is not None:
            elevenlabs.agent(agent_id)

    def _asked(self) -> ElevenLabs:
        if self._elevenlabs is None:
            raise Permanent("ELEVENLABS_API_KEY is missing", reason="no_key")
        return self._elevenlabs


def _agents(values: Mapping[str, str]) -> _Agents:
    try:
        return _Agents(ElevenLabs(read(AgentAccess, values).elevenlabs))
    except MisconfiguredError:
        return _Agents(None)


def _stores(settings: PanelProcessSettings, tables: Tables) -> _Stores:
    shards, chance = settings.inbox.shards, random.Random()  # noqa: S311 - jitter is no secret
    return _Stores(
        shelf=PanelTable(tables),
        desk=OperatingTable(tables, shards=shards, pace=time, chance=chance, new_token=new_ulid),
        graves=Graveyard(tables, shards=shards, pace=time, chance=chance, new_token=new_ulid),
        audit=AuditTable(tables),
        orders=CommandTable(tables),
        leases=LeaseTable(tables, shards=shards),
        alerts=AlertTable(tables, pace=time, chance=chance, new_token=new_ulid),
        hours=HourTable(tables),
    )


def _watching(settings: PanelProcessSettings, stores: _Stores, bells: SqsBells) -> Watching:
    return Watching(
        shelf=stores.shelf,
        leases=stores.leases,
        desk=stores.desk,
        orders=stores.orders,
        bells=bells,
        new_key=_new_key,
        shards=settings.inbox.shards,
    )


def _checking(
    settings: PanelProcessSettings, tables: Tables, sqs: SQSClient, agents: _Agents
) -> Checking:
    agent_id, notify = settings.agent.default_agent_id, settings.notify
    return Checking(
        pending=PendingTable(tables),
        dead_letters=DeadLetterQueues(sqs, notify.dead_letter_queue_urls),
        agent_answers=lambda: agents.look(AgentId(agent_id) if agent_id else None),
        told=bool(notify.webhook_url or notify.topic_arn),
        shards=settings.inbox.shards,
    )


def _given_up(
    settings: PanelProcessSettings, stores: _Stores, sqs: SQSClient, bells: SqsBells
) -> GivenUp:
    boxes = SqsBoxes(
        SqsBox(sqs, queue_url_of(settings.inbox.queue_urls[0]), Box.INBOX),
        SqsBox(sqs, queue_url_of(settings.outbox.queue_url), Box.OUTBOX),
    )
    return GivenUp(
        graveyard=stores.graves,
        boxes=boxes,
        waiting=DeadLetterQueues(sqs, settings.notify.dead_letter_queue_urls),
        shelf=stores.shelf,
        replaying=Replaying(
            boxes=boxes,
            graves=stores.graves,
            bells=bells,
            audit=stores.audit,
            new_key=_new_key,
        ),
        advice=Advice(),
    )


def _doors(settings: PanelProcessSettings, sessions: Sessions, audit: AuditTable) -> Doors:
    issuer = Issuer(
        settings.panel,
        base_url=settings.public.base_url,
        new_secret=lambda: secrets.token_urlsafe(48),
    )
    return Doors(sessions=sessions, issuer=issuer, audit=audit, new_key=_new_key)


def _rooms(
    settings: PanelProcessSettings,
    stores: _Stores,
    *,
    watching: Watching,
    checking: Checking,
    given_up: GivenUp,
    doctor: ExaminedTable,
    agents: _Agents,
) -> Rooms:
    looking = Looking(
        shelf=stores.shelf,
        desk=stores.desk,
        audit=stores.audit,
        shards=settings.inbox.shards,
        pepper=settings.identity.pepper,
    )
    return Rooms(
        looking=looking,
        watching=watching,
        checking=checking,
        given_up=given_up,
        doctor=doctor,
        alerts=stores.alerts,
        transcripts=agents,
        counting=Counting(stores.hours),
        audit=stores.audit,
        limits=_limits(settings.sockets),
        versions={"python": platform.python_version()} | {p: version(p) for p in _PACKAGES},
        cap=min(settings.sockets.account_limit, settings.sockets.max_connections),
        pepper=settings.identity.pepper,
        doctor_command=_HERE if settings.aws.endpoint_url else _DEPLOYED,
    )


def _operating(stores: _Stores, bells: SqsBells) -> Operating:
    return Operating(
        shelf=stores.shelf,
        desk=stores.desk,
        orders=stores.orders,
        audit=stores.audit,
        bells=bells,
        new_key=_new_key,
    )


def _limits(sockets: SocketSettings) -> dict[str, object]:
    """The connector's settings as this process reads them, by their names."""
    values = (getattr(sockets, name) for name in sockets.__dataclass_fields__)
    return {
        v.name: f"{value:g}" if isinstance(value, float) else str(value)
        for v, value in zip(variables_of(type(sockets)), values, strict=True)
    }


def _new_key() -> MessageKey:
    return MessageKey(new_ulid())
