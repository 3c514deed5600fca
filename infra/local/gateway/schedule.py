"""EventBridge's schedules: an event at a rate."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from infra.local.gateway.http_events import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime


def schedule_event(rule: str, *, region: str, now: datetime, event_id: str) -> dict[str, Any]:
    """The event of a scheduled rule. ``now`` is UTC."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [f"arn:aws:events:{region}:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }


async def tick(
    call: Callable[[], Awaitable[object]],
    *,
    every_s: float,
    stop: asyncio.Event,
    overlap: bool = False,
) -> None:
    """Call at once and then every ``every_s`` until ``stop``; returns when no call is running.

    Unless ``overlap``, a call that outlasts the rhythm swallows the ticks it missed. EventBridge
    itself would let calls overlap; the functions must bear it, and tests ask for it.
    """
    running: set[asyncio.Task[object]] = set()
    while not stop.is_set():
        if overlap or not running:
            task = asyncio.ensure_future(call())
            running.add(task)
            task.add_done_callback(running.discard)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s)
    await asyncio.gather(*running)
