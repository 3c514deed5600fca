"""Webhooks that come once more, seconds later: the same words under the same signature."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

if TYPE_CHECKING:
    from tests.chaos.plan import Plan

LOOK_EVERY_S = 4.0
LATEST_S = 8.0


class Repeats:
    """What Twilio's own retry after a lost answer would do. ``twilio`` is the simulator."""

    def __init__(self, plan: Plan, twilio: httpx.AsyncClient) -> None:
        self._share = plan.repeats
        self._chance = Random(f"repeats {plan.seed}")
        self._twilio = twilio
        self._seen: set[str] = set()
        self.did: Counter = Counter()

    async def follow(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            while self._share:
                await asyncio.sleep(LOOK_EVERY_S)
                for post in await self._fresh():
                    if self._chance.random() < self._share:
                        group.create_task(self._again(post))

    async def _fresh(self) -> list[dict]:
        try:
            posts = (await self._twilio.get("/_sim/log")).json()["webhooks"]
        except httpx.HTTPError:
            return []
        fresh = [p for p in posts if p["what"] == "webhook" and p["token"] not in self._seen]
        self._seen |= {post["token"] for post in fresh}
        return fresh

    async def _again(self, post: dict) -> None:
        await asyncio.sleep(self._chance.uniform(0, LATEST_S))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": post["signature"],
        }
        self.did["webhook_repeated"] += 1
        with suppress(httpx.HTTPError):
            await self._twilio.post(post["url"], content=urlencode(post["form"]), headers=headers)
