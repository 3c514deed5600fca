"""What a Lambda's events become: a log line, a metric, and what operators are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conversation.adapters.alerting import Alerting
from conversation.adapters.metering import EmfMeter, Metering
from conversation.adapters.tables.alerts import AlertBook

if TYPE_CHECKING:
    from conversation.adapters.tables.tables import Tables
    from conversation.signals import Signals
    from conversation.variables import AwsSettings


def watched(signals: Signals, settings: AwsSettings, tables: Tables) -> Signals:
    """For composition roots: ``signals`` writes the log lines."""
    measured = Metering(signals, EmfMeter(settings.table_prefix))
    return Alerting(measured, AlertBook(tables), now=lambda: datetime.now(UTC))
