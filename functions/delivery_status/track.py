"""Taking in what Twilio calls back with: which message it is about, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conversation.callbacks import Report, read_report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Tracking(Protocol):
    """Who writes down what Twilio reports."""

    def track(self, report: Report, now: datetime) -> None:
        """Write it, once and forward only; raises ``Transient``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """The use case."""

    tracking: Tracking

    def receive(self, raw_query: str, params: Mapping[str, str], now: datetime) -> None:
        """Take in a callback that Twilio signed. Raises ``Refused`` or ``Transient``."""
        self.tracking.track(read_report(raw_query, params), now)
