"""The sweeper's composition root. Built once a process, at the first run."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from conversation.adapters.backlog import SqsBacklog
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.composition import renewed
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.identity import new_ulid
from conversation.adapters.signals import logged
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.pending import PendingTable
from conversation.adapters.tables.reception import ReceptionTable
from conversation.adapters.tables.reconciled import ReconciledTable
from conversation.adapters.tables.tables import Tables
from conversation.adapters.twilio.account import fresh_account
from conversation.adapters.twilio.messages import TwilioMessages
from conversation.adapters.watching import watched
from conversation.contacts import contact_id_of
from conversation.identifiers import MessageKey
from conversation.reception import Reception
from conversation.reopening import template_to_reopen
from conversation.settings import read
from conversation.tracking import Tracking
from functions.sweeper.follow import Following
from functions.sweeper.reconcile import Reconciling
from functions.sweeper.run import Run
from functions.sweeper.settings import SweeperSettings
from functions.sweeper.sweep import Sweeping

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.delivery import Template
    from conversation.identifiers import ContactId
    from conversation.signals import Signals
    from conversation.state import ConversationState

SERVICE: Final = "sweeper"


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Run:
    """Everything, wired. Raises ``MisconfiguredError``; then the next run tries again."""
    settings = read(SweeperSettings, values)
    return _Workshop(settings, logged(SERVICE, settings.log.level)).run()


class _Workshop:
    """What the nets have in common, and the nets."""

    def __init__(self, settings: SweeperSettings, signals: Signals) -> None:
        self._settings = settings
        session = aws_session()
        self._tables = Tables(settings.aws, session=session)
        self._tables.connect()
        self._signals = watched(signals, settings.aws, self._tables)
        sqs = sqs_client(session, settings.aws)
        inbox, outbox = settings.inbox.queue_urls, settings.outbox.queue_url
        self._bells = SqsBells(sqs, inbox_urls=inbox, outbox_url=outbox, new_id=new_ulid)
        self._backlog = SqsBacklog(sqs, inbox_urls=inbox, outbox_url=outbox)
        self._twilio = TwilioMessages(settings.twilio, settings.twilio_api, renew=fresh_account)
        self._chance = random.Random()  # noqa: S311 - jitter is no secret

    def run(self) -> Run:
        """The nets that this deployment casts."""
        nets = {"sweep": self._sweeping().sweep, "reconcile": self._reconciling().reconcile}
        if self._settings.public.poll_twilio:
            nets["follow"] = self._following().follow
        return Run(nets=nets, signals=self._signals)

    def _sweeping(self) -> Sweeping:
        return Sweeping(
            pending=PendingTable(self._tables),
            bells=self._bells,
            backlog=self._backlog,
            signals=self._signals,
            chance=self._chance,
            shards=self._settings.inbox.shards,
            after_s=self._settings.sweep.after_s,
        )

    def _reconciling(self) -> Reconciling:
        return Reconciling(
            twilio=self._twilio,
            marks=ReconciledTable(self._tables),
            reception=self._reception(),
            signals=self._signals,
            polls=self._settings.public.poll_twilio,
        )

    def _reception(self) -> Reception:
        return Reception(
            store=self._store(),
            bells=self._bells,
            signals=self._signals,
            words=self._settings.words.words(),
            opt_out_words=self._settings.words.opt_out,
            opt_in_words=self._settings.words.opt_in,
            pepper=self._settings.identity.pepper,
            new_key=lambda: MessageKey(new_ulid()),
        )

    def _store(self) -> ReceptionTable:
        return ReceptionTable(
            self._tables,
            shards=self._settings.inbox.shards,
            keep_days=self._settings.retention.message_days,
            pace=time,
            chance=self._chance,
            new_token=new_ulid,
        )

    def _following(self) -> Following:
        return Following(
            twilio=self._twilio,
            messages=self._deliveries(),
            tracking=self._tracking(),
            contact_of=self._contact_of,
        )

    def _tracking(self) -> Tracking:
        return Tracking(
            deliveries=self._deliveries(),
            bells=self._bells,
            signals=self._signals,
            template_for=self._template_for,
            new_key=lambda: MessageKey(new_ulid()),
        )

    def _deliveries(self) -> DeliveryTable:
        return DeliveryTable(
            self._tables,
            shards=self._settings.inbox.shards,
            pace=time,
            chance=self._chance,
            new_token=new_ulid,
        )

    def _template_for(self, state: ConversationState, now: datetime) -> Template | None:
        settings = self._settings
        words = settings.words.words()
        return template_to_reopen(state, settings=settings.start, words=words, now=now)

    def _contact_of(self, address: str) -> ContactId:
        """Whom an address belongs to: a hidden number may be known by another address."""
        contact_id = contact_id_of(address, self._settings.identity.pepper)
        return self._store().behind(contact_id) or contact_id
