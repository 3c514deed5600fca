"""The webhook's composition root. Built once a process, at the first request."""

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
from conversation.adapters.tables.reception import ReceptionTable
from conversation.adapters.tables.tables import Tables
from conversation.adapters.twilio.signature import Gate
from conversation.identifiers import MessageKey
from conversation.reception import Reception
from conversation.settings import read
from functions.twilio_webhook.receive import PATH, Receiver
from functions.twilio_webhook.settings import WebhookSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.signals import Signals

SERVICE: Final = "twilio_webhook"


@dataclass(frozen=True, slots=True)
class Application:
    """What the handler calls."""

    gate: Gate
    receiver: Receiver
    signals: Signals


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Application:
    """Everything, wired. Raises ``MisconfiguredError``; then the next request tries again."""
    settings = read(WebhookSettings, values)
    signals = logged(SERVICE, settings.log.level)
    gate = Gate(
        base_url=settings.public.base_url,
        path=PATH,
        account_sid=settings.twilio.account_sid,
        auth_tokens=settings.twilio.auth_tokens,
    )
    reception = _reception(settings, signals)
    receiver = Receiver(reception=reception, sender=settings.twilio.sender)
    return Application(gate, receiver, signals)


def _reception(settings: WebhookSettings, signals: Signals) -> Reception:
    session = aws_session()
    tables = Tables(settings.aws, session=session)
    tables.connect()
    bells = SqsBells(
        sqs_client(session, settings.aws),
        inbox_urls=settings.inbox.queue_urls,
        outbox_url=settings.outbox.queue_url,
        new_id=new_ulid,
    )
    store = ReceptionTable(
        tables,
        shards=settings.inbox.shards,
        keep_days=settings.retention.message_days,
        pace=time,
        chance=random.Random(),  # noqa: S311 - jitter is no secret
        new_token=new_ulid,
    )
    return Reception(
        store=store,
        bells=bells,
        signals=signals,
        words=settings.words.words(),
        opt_out_words=settings.words.opt_out,
        opt_in_words=settings.words.opt_in,
        pepper=settings.identity.pepper,
        new_key=lambda: MessageKey(new_ulid()),
    )
