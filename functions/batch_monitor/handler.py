"""Scheduled, every minute: calls that ended become conversations."""

from __future__ import annotations

from typing import Protocol

from functions.batch_monitor.wiring import application


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long it may still take."""


def handler(_event: object, context: Context) -> None:
    """One tick. Raises ``MisconfiguredError``, so that the schedule's failure alarms."""
    application().tick(lambda: context.get_remaining_time_in_millis() / 1000)
