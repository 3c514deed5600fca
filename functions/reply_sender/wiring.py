"""The sender's composition root. Built once a process, at the first doorbell."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.dead_letters import SqsDeadLetters
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.signals import logged
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.outbox import OutboxTable
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.tables import Tables
from conversation.adapters.twilio.account import fresh_account
from conversation.adapters.twilio.messages import TwilioMessages
from conversation.adapters.visibility import SqsVisibility
from conversation.adapters.watching import watched
from conversation.doorbells import BellKind
from conversation.identifiers import MessageKey
from conversation.reopening import template_to_reopen
from conversation.settings import read
from functions.reply_sender.account import Account
from functions.reply_sender.answer import Answering
from functions.reply_sender.deliver import Sender
from functions.reply_sender.fail import Failing
from functions.reply_sender.seek import Seeker
from functions.reply_sender.settings import SenderSettings
from functions.reply_sender.show_typing import Typing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.delivery import Template
    from conversation.signals import Signals
    from conversation.state import ConversationState
    from functions.reply_sender.ports import Bells

SERVICE: Final = "reply_sender"
WRITING_S: Final = 2.0
"""What the tables may take of one message's time, beside Twilio."""


@dataclass(frozen=True, slots=True)
class Application:
    """What the handler calls."""

    answering: Answering
    signals: Signals


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Application:
    """Everything, wired. Raises ``MisconfiguredError``; then the next doorbell tries again."""
    settings = read(SenderSettings, values)
    session = aws_session()
    sqs = sqs_client(session, settings.aws)
    tables = Tables(settings.aws, session=session)
    tables.connect()
    signals = watched(logged(SERVICE, settings.log.level), settings.aws, tables)
    bells = SqsBells(sqs, outbox_url=settings.outbox.queue_url, new_id=new_ulid)
    deliveries = _deliveries(tables, settings)
    twilio = TwilioMessages(settings.twilio, settings.twilio_api, renew=fresh_account)
    letters = SqsDeadLetters(sqs, settings.outbox.queue_url, new_id=new_ulid)
    poison = Poison(tables, letters, signals, kind=BellKind.OUTBOX)
    outbox = OutboxTable(
        tables,
        shards=settings.inbox.shards,
        poison=poison,
        pace=time,
        chance=_chance(),
        new_token=new_ulid,
    )
    answering = Answering(
        sender=_sender(settings, outbox, deliveries, twilio, bells, signals),
        typing=Typing(deliveries=deliveries, twilio=twilio, signals=signals),
        visibility=SqsVisibility(sqs, settings.outbox.queue_url),
        dead_letters=letters,
        signals=signals,
        chance=_chance(),
    )
    return Application(answering, signals)


def _sender(
    settings: SenderSettings,
    outbox: OutboxTable,
    deliveries: DeliveryTable,
    twilio: TwilioMessages,
    bells: Bells,
    signals: Signals,
) -> Sender:
    failing = _failing(settings, deliveries, signals)
    seeker = Seeker(
        outbox=outbox,
        deliveries=deliveries,
        twilio=twilio,
        signals=signals,
        failing=failing,
        ambiguous=settings.send.ambiguous,
        after_s=settings.send.ambiguous_after_s,
    )
    return Sender(
        outbox=outbox,
        deliveries=deliveries,
        twilio=twilio,
        bells=bells,
        signals=signals,
        failing=failing,
        seeker=seeker,
        account=Account(),
        clock=lambda: datetime.now(UTC),
        pace=time,
        callback_base_url=settings.public.callback_base_url,
        sandbox=settings.start.sandbox,
        needed_s=settings.twilio_api.timeout_s + WRITING_S,
    )


def _failing(settings: SenderSettings, deliveries: DeliveryTable, signals: Signals) -> Failing:
    words = settings.words.words()

    def template_for(state: ConversationState, now: datetime) -> Template | None:
        return template_to_reopen(state, settings=settings.start, words=words, now=now)

    return Failing(
        deliveries=deliveries,
        signals=signals,
        template_for=template_for,
        new_key=lambda: MessageKey(new_ulid()),
    )


def _deliveries(tables: Tables, settings: SenderSettings) -> DeliveryTable:
    return DeliveryTable(
        tables, shards=settings.inbox.shards, pace=time, chance=_chance(), new_token=new_ulid
    )


def _chance() -> random.Random:
    return random.Random()  # noqa: S311 - jitter is no secret
