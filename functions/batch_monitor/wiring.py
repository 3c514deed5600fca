"""The monitor's composition root. Built once a process, at the first tick."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from conversation.adapters.composition import renewed
from conversation.adapters.continuing import continuing
from conversation.adapters.elevenlabs.client import ElevenLabs
from conversation.adapters.signals import logged
from conversation.settings import read
from functions.batch_monitor.follow_batches import BatchFollower
from functions.batch_monitor.follow_calls import CallFollower
from functions.batch_monitor.settings import MonitorSettings
from functions.batch_monitor.settle import Settlement
from functions.batch_monitor.spread import in_threads
from functions.batch_monitor.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "batch_monitor"


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Watch:
    """Everything, wired. Raises ``MisconfiguredError``; then the next tick tries again."""
    settings = read(MonitorSettings, values)
    signals = logged(SERVICE, settings.log.level)
    provider = ElevenLabs(settings.elevenlabs)
    continuation, decisions = continuing(settings, signals)
    settlement = Settlement(
        settings=settings.start,
        calls=provider,
        continuation=continuation,
        decisions=decisions,
        signals=signals,
        clock=_now,
    )
    mix = random.Random().shuffle  # noqa: S311 - no secret
    batches = BatchFollower(
        settings=settings.start,
        provider=provider,
        progress=decisions,
        settlement=settlement,
        spread=in_threads,
        signals=signals,
        clock=_now,
        room=continuation.worth_bringing,
        mix=mix,
    )
    calls = CallFollower(
        settings=settings.start,
        provider=provider,
        progress=decisions,
        settlement=settlement,
        spread=in_threads,
        clock=_now,
        room=continuation.worth_bringing,
    )
    return Watch(
        first_start=continuation.starts.first_start,
        followers=(batches, calls),
        signals=signals,
        clock=_now,
        mix=mix,
    )


def _now() -> datetime:
    return datetime.now(UTC)
