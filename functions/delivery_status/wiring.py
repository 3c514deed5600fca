"""The composition root of ``delivery_status``. Built once a process, at the first request."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.signals import logged
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.tables import Tables
from conversation.adapters.twilio.signature import Gate
from conversation.adapters.watching import watched
from conversation.callbacks import PATH
from conversation.identifiers import MessageKey
from conversation.reopening import template_to_reopen
from conversation.settings import read
from conversation.tracking import Tracking
from functions.delivery_status.settings import StatusSettings
from functions.delivery_status.track import Tracker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.delivery import Template
    from conversation.signals import Signals
    from conversation.state import ConversationState

SERVICE: Final = "delivery_status"


@dataclass(frozen=True, slots=True)
class Application:
    """What the handler calls."""

    gate: Gate
    tracker: Tracker
    signals: Signals


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Application:
    """Everything, wired. Raises ``MisconfiguredError``; then the next request tries again."""
    settings = read(StatusSettings, values)
    session = aws_session()
    words = settings.words.words()

    def template_for(state: ConversationState, now: datetime) -> Template | None:
        return template_to_reopen(state, settings=settings.start, words=words, now=now)

    tables = Tables(settings.aws, session=session)
    tables.connect()
    signals = watched(logged(SERVICE, settings.log.level), settings.aws, tables)
    tracking = Tracking(
        deliveries=_deliveries(settings, tables),
        bells=SqsBells(
            sqs_client(session, settings.aws),
            outbox_url=settings.outbox.queue_url,
            new_id=new_ulid,
        ),
        signals=signals,
        template_for=template_for,
        new_key=lambda: MessageKey(new_ulid()),
    )
    return Application(_gate(settings), Tracker(tracking=tracking), signals)


def _gate(settings: StatusSettings) -> Gate:
    return Gate(
        base_url=settings.public.base_url,
        path=PATH,
        account_sid=settings.twilio.account_sid,
        auth_tokens=settings.twilio.auth_tokens,
    )


def _deliveries(settings: StatusSettings, tables: Tables) -> DeliveryTable:
    return DeliveryTable(
        tables,
        shards=settings.inbox.shards,
        pace=time,
        chance=random.Random(),  # noqa: S311 - jitter is no secret
        new_token=new_ulid,
    )
