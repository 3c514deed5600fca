"""Counting the AWS calls that one message waits for, on a quiet system, before the run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chaos.facts import token_of
from tests.chaos.report import chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpx

    from conversation.identifiers import ContactId
    from tests.chaos.people import People

STRANGERS = (900_000, 900_001, 900_002)
"""They write first, and once; the first of them goes on to write."""

PATIENCE_S = 40.0
MESSAGES = 4
QUIET_S = 2.0
"""Nothing more comes of a message when its callbacks, too, have come for so long."""

Steps = list[str] | None
"""Calls that followed one another; ``None``: there was no answer."""


async def sequential(tracing: Tracing) -> dict[str, Steps]:
    """``first_touch`` is the first message of a person, the others are of warm ones.

    Of several the fewest count: what goes on beside a message, such as a sweep, another look for a
    doorbell that came during one, or two reads at a time that happen to follow one another, can
    only add to what it waits for.
    """
    firsts = [await tracing.message(stranger, 0) for stranger in STRANGERS]
    warm = [await tracing.message(STRANGERS[0], n) for n in range(1, MESSAGES)]
    return {
        "inbound_sequential": _fewest(inbound for inbound, _ in warm),
        "outbound_sequential": _fewest(outbound for _, outbound in warm),
        "first_touch": _fewest(inbound for inbound, _ in firsts),
    }


def _fewest(rows: Iterable[Steps]) -> Steps:
    return min((row for row in rows if row is not None), key=len, default=None)


@dataclass(frozen=True)
class Tracing:
    """Writes as one person at a time, and notes the AWS calls that name them."""

    people: People
    wires: httpx.AsyncClient
    agent: httpx.AsyncClient
    contact_of: Callable[[int], ContactId]

    async def message(self, person: int, n: int) -> tuple[Steps, Steps]:
        """What one message waited for: webhook to socket, and answer to Twilio."""
        token = token_of(person, n)
        await self.wires.post("/trace", json={"contact": self.contact_of(person)})
        wrote_at = time.time()
        await self.people.write(person, f"hola {token}")
        sent_at = await self._answered(person, token)
        trace = await self._settled()
        await self.wires.post("/trace", json={"contact": ""})
        asked_at, said_at = await self._said(token)
        if sent_at is None or asked_at is None or said_at is None:
            return None, None
        return chain(trace, wrote_at, asked_at), chain(trace, said_at, sent_at)

    async def _settled(self) -> list[list]:
        """Every call of a message, once nothing more comes of it."""
        until = time.time() + PATIENCE_S
        while True:
            trace = (await self.wires.get("/traced")).json()["trace"]
            last = max((done for _, done, *_ in trace), default=0.0)
            if time.time() > min(last + QUIET_S, until):
                return trace
            await asyncio.sleep(0.2)

    async def _answered(self, person: int, token: str) -> float | None:
        until = time.time() + PATIENCE_S
        while time.time() < until:
            for row in await self.people.chat(person):
                if not row["mine"] and token in row["body"]:
                    return row["at"]
            await asyncio.sleep(0.2)
        return None

    async def _said(self, token: str) -> tuple[float | None, float | None]:
        """When the agent was asked this, and when it had said its answer."""
        sessions = (await self.agent.get("/_sim/sessions", params={"frames": "true"})).json()
        asked = said = None
        for row in (row for session in sessions for row in session["frames"]):
            words = str(row["frame"])
            if token in words and row["direction"] == "in" and "user_message" in words:
                asked = row["at"]
            if token in words and row["direction"] == "out" and said is None:
                said = row["at"]
        return asked, said
