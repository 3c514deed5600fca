"""The people of a run: they write through the simulator of Twilio, and nothing else is theirs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.chaos.plan import number_of

if TYPE_CHECKING:
    import httpx

    from tests.chaos.plan import Saying


class People:
    """Everybody who writes. ``client`` knows the simulator's address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._hidden: set[int] = set()

    async def write_all(self, sayings: list[Saying], began: float) -> None:
        """Each saying at its time after ``began``; returns when the last was written."""
        tasks = []
        for saying in sayings:
            await asyncio.sleep(max(0.0, began + saying.at_s - time.time()))
            write = self.write(saying.person, saying.body, hidden=saying.hidden)
            tasks.append(asyncio.create_task(write))
        await asyncio.gather(*tasks)

    async def write(self, person: int, body: str, *, hidden: bool = False) -> None:
        """Twilio has it when this returns; its webhook is on its way."""
        if hidden is not (person in self._hidden):
            await self._hide(person, hidden=hidden)
        words = {"body": body, "profile_name": f"Persona {person}"}
        answer = await self._client.post(f"/_sim/people/{number_of(person)}/say", json=words)
        answer.raise_for_status()

    async def _hide(self, person: int, *, hidden: bool) -> None:
        change = self._hidden.add if hidden else self._hidden.discard
        change(person)
        words = {"hides_number": hidden}
        answer = await self._client.post(f"/_sim/people/{number_of(person)}", json=words)
        answer.raise_for_status()

    async def chat(self, person: int) -> list[dict]:
        path = f"/_sim/people/{number_of(person)}/messages"
        answer = await self._client.get(path, params={"all": "1"})
        answer.raise_for_status()
        return answer.json()["messages"]

    async def chats(self, persons: list[int]) -> dict[int, list[dict]]:
        """The chats of several, a few at a time."""
        found = {}
        for start in range(0, len(persons), 20):
            part = persons[start : start + 20]
            got = await asyncio.gather(*(self.chat(person) for person in part))
            found |= dict(zip(part, got, strict=True))
        return found
