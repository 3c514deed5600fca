"""The composition root of ``operator_alerts``. Built once a process, at the first run."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.adapters.channels import SnsChannel, WebhookChannel, Wording
from conversation.adapters.clients import aws_session, sns_client, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.dead_letters import DeadLetterQueues
from conversation.adapters.identity import new_ulid
from conversation.adapters.metering import EmfMeter, Metering
from conversation.adapters.signals import logged
from conversation.adapters.tables.alerts import AlertBook, AlertTable
from conversation.adapters.tables.hours import HourTable
from conversation.adapters.tables.pending import PendingTable
from conversation.adapters.tables.tables import Tables
from conversation.alerts import rules
from conversation.hours import Keeping
from conversation.settings import read
from conversation.variables import NotifyDrops
from functions.operator_alerts.measure import Measuring
from functions.operator_alerts.settings import AlertSettings
from functions.operator_alerts.tell import Telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.operator_alerts.ports import Channel

SERVICE: Final = "operator_alerts"


@dataclass(frozen=True, slots=True)
class Tick:
    """What is done every minute."""

    measuring: Measuring
    telling: Telling
    keeping: Keeping


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Tick:
    """Everything, wired. Raises ``MisconfiguredError``; then the next run tries again."""
    settings = read(AlertSettings, values)
    session = aws_session()
    tables = Tables(settings.aws, session=session)
    tables.connect()
    signals = Metering(logged(SERVICE, settings.log.level), EmfMeter(settings.aws.table_prefix))
    measuring = Measuring(
        pending=PendingTable(tables), signals=signals, shards=settings.inbox.shards
    )
    letters = DeadLetterQueues(
        sqs_client(session, settings.aws), settings.notify.dead_letter_queue_urls
    )
    telling = Telling(
        book=AlertBook(tables),
        alerts=_alerts(tables),
        dead_letters=letters,
        channels=_channels(settings),
        rules=rules(each_drop=settings.notify.drops is NotifyDrops.EACH),
        signals=signals,
        new_key=new_ulid,
    )
    return Tick(measuring, telling, Keeping(HourTable(tables)))


def _alerts(tables: Tables) -> AlertTable:
    return AlertTable(
        tables,
        pace=time,
        chance=random.Random(),  # noqa: S311 - jitter is no secret
        new_token=new_ulid,
    )


def _channels(settings: AlertSettings) -> list[Channel]:
    """Who is told, by the settings: nobody, where none names a channel."""
    notify = settings.notify
    wording = Wording(settings.public.base_url, settings.words.words().default_language)
    found: list[Channel] = []
    if notify.topic_arn:
        sns = sns_client(aws_session(), settings.aws)
        found.append(SnsChannel(sns, notify.topic_arn, wording))
    if notify.webhook_url:
        found.append(WebhookChannel(notify.webhook_url, wording))
    return found
