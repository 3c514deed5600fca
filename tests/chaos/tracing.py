"""Counting the AWS calls that one message waits for, on a quiet system, before the run."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.chaos.facts import token_of
from tests.chaos.report import chain

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tests.chaos.people import People

STRANGER = 9_000
PATIENCE_S = 40.0
MESSAGES = 5
QUIET_S = 2.0
"""Nothing more comes of a message when its callbacks, too, have come for so long."""


async def sequential(
    people: People, wires: httpx.AsyncClient, agent: httpx.AsyncClient, contact: str
) -> dict[str, int | None]:
    """``first_touch`` is the first message of a person; those after the second are warm.

    The second still reads the state: the first session has written the agent into it. Of the warm
    ones the fewest count: what goes on beside a message, such as a sweep, can only add to it.
    """
    rows = [await _traced(people, wires, agent, contact, n) for n in range(MESSAGES)]
    return {
        "inbound_sequential": _fewest(inbound for inbound, _ in rows[2:]),
        "outbound_sequential": _fewest(outbound for _, outbound in rows[2:]),
        "first_touch": rows[0][0],
    }


def _fewest(counts: Iterable[int | None]) -> int | None:
    return min((count for count in counts if count is not None), default=None)


async def _traced(
    people: People, wires: httpx.AsyncClient, agent: httpx.AsyncClient, contact: str, n: int
) -> tuple[int | None, int | None]:
    token = token_of(STRANGER, n)
    await wires.post("/trace", json={"contact": contact})
    wrote_at = time.time()
    await people.write(STRANGER, f"hola {token}")
    sent_at = await _answered(people, token)
    trace = await _settled(wires)
    await wires.post("/trace", json={"contact": ""})
    asked_at, said_at = await _said(agent, token)
    if sent_at is None or asked_at is None or said_at is None:
        return None, None
    return chain(trace, wrote_at, asked_at), chain(trace, said_at, sent_at)


async def _settled(wires: httpx.AsyncClient) -> list[list]:
    """Every call of a message, once nothing more comes of it."""
    until = time.time() + PATIENCE_S
    while True:
        trace = (await wires.get("/traced")).json()["trace"]
        last = max((done for _, done, *_ in trace), default=0.0)
        if time.time() > min(last + QUIET_S, until):
            return trace
        await asyncio.sleep(0.2)


async def _answered(people: People, token: str) -> float | None:
    until = time.time() + PATIENCE_S
    while time.time() < until:
        for row in await people.chat(STRANGER):
            if not row["mine"] and token in row["body"]:
                return row["at"]
        await asyncio.sleep(0.2)
    return None


async def _said(agent: httpx.AsyncClient, token: str) -> tuple[float | None, float | None]:
    """When the agent was asked this, and when it had said its answer."""
    sessions = (await agent.get("/_sim/sessions", params={"frames": "true"})).json()
    asked = said = None
    for row in (row for session in sessions for row in session["frames"]):
        words = str(row["frame"])
        if token in words and row["direction"] == "in" and "user_message" in words:
            asked = row["at"]
        if token in words and row["direction"] == "out" and said is None:
            said = row["at"]
    return asked, said
