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

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.signals import logged
from conversation.adapters.tables.commands import CommandTable
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.operating import AuditTable, OperatingTable
from conversation.adapters.tables.panel import PanelTable
from conversation.adapters.tables.tables import Tables
from conversation.identifiers import MessageKey
from conversation.settings import read, variables_of
from functions.panel.act import Operating
from functions.panel.assets import Assets
from functions.panel.day import Counting
from functions.panel.doors import Doors
from functions.panel.look import Looking
from functions.panel.pages import Pages
from functions.panel.rooms import Rooms
from functions.panel.sessions import Sessions, session_key
from functions.panel.settings import PanelProcessSettings
from functions.panel.signing_in import Issuer
from functions.panel.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.variables import SocketSettings

SERVICE: Final = "panel"
_PACKAGES: Final = ("aws-lambda-powertools", "botocore", "pynamodb", "Jinja2", "Authlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stores:
    """The tables, by what the panel does with them."""

    shelf: PanelTable
    desk: OperatingTable
    audit: AuditTable
    orders: CommandTable
    leases: LeaseTable


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Site:
    """Everything, wired. Raises ``MisconfiguredError``; then the next request tries again."""
    settings = read(PanelProcessSettings, values)
    session = aws_session()
    tables = Tables(settings.aws, session=session, max_connections=12)
    tables.connect()
    stores = _stores(settings, tables)
    sqs = sqs_client(session, settings.aws)
    bells = SqsBells(sqs, inbox_urls=settings.inbox.queue_urls, new_id=new_ulid)
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
        doors=_doors(settings, sessions, stores.audit),
        rooms=_rooms(settings, stores),
        operating=_operating(stores, bells),
        signals=logged(SERVICE, settings.log.level),
        now=lambda: datetime.now(UTC),
    )


def _stores(settings: PanelProcessSettings, tables: Tables) -> _Stores:
    desk = OperatingTable(
        tables,
        shards=settings.inbox.shards,
        pace=time,
        chance=random.Random(),  # noqa: S311 - jitter is no secret
        new_token=new_ulid,
    )
    return _Stores(
        shelf=PanelTable(tables),
        desk=desk,
        audit=AuditTable(tables),
        orders=CommandTable(tables),
        leases=LeaseTable(tables, shards=settings.inbox.shards),
    )


def _doors(settings: PanelProcessSettings, sessions: Sessions, audit: AuditTable) -> Doors:
    issuer = Issuer(
        settings.panel,
        base_url=settings.public.base_url,
        new_secret=lambda: secrets.token_urlsafe(48),
    )
    return Doors(sessions=sessions, issuer=issuer, audit=audit, new_key=_new_key)


def _rooms(settings: PanelProcessSettings, stores: _Stores) -> Rooms:
    looking = Looking(
        shelf=stores.shelf,
        leases=stores.leases,
        desk=stores.desk,
        audit=stores.audit,
        shards=settings.inbox.shards,
        pepper=settings.identity.pepper,
    )
    return Rooms(
        looking=looking,
        counting=Counting(stores.shelf),
        audit=stores.audit,
        limits=_limits(settings.sockets),
        versions={"python": platform.python_version()} | {p: version(p) for p in _PACKAGES},
        cap=min(settings.sockets.account_limit, settings.sockets.max_connections),
        pepper=settings.identity.pepper,
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
        v.name: str(value) for v, value in zip(variables_of(type(sockets)), values, strict=True)
    }


def _new_key() -> MessageKey:
    return MessageKey(new_ulid())
