"""Counting the AWS calls that one message waits for, on a quiet system, before the run."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.chaos.facts import token_of
from tests.chaos.report import chain

if TYPE_CHECKING:
    import httpx

    from tests.chaos.people import People

STRANGER = 9_000
PATIENCE_S = 40.0
QUIET_S = 1.0
"""After an answer its callbacks come."""


async def sequential(
    people: People, wires: httpx.AsyncClient, agent: httpx.AsyncClient, contact: str
) -> dict[str, int | None]:
    """``first_touch`` is the first message of a person; the last of three is warm.

    The second still reads the state: the first session has written the agent into it.
    """
    rows = [await _traced(people, wires, agent, contact, n) for n in range(3)]
    inbound, outbound = rows[-1]
    return {
        "inbound_sequential": inbound,
        "outbound_sequential": outbound,
        "first_touch": rows[0][0],
    }


async def _traced(
    people: People, wires: httpx.AsyncClient, agent: httpx.AsyncClient, contact: str, n: int
) -> tuple[int | None, int | None]:
    token = token_of(STRANGER, n)
    await wires.post("/trace", json={"contact": contact})
    wrote_at = time.time()
    await people.write(STRANGER, f"hola {token}")
    sent_at = await _answered(people, token)
    trace = (await wires.get("/traced")).json()["trace"]
    await wires.post("/trace", json={"contact": ""})
    asked_at, said_at = await _said(agent, token)
    if sent_at is None or asked_at is None or said_at is None:
        return None, None
    await asyncio.sleep(QUIET_S)
    return chain(trace, wrote_at, asked_at), chain(trace, said_at, sent_at)


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
