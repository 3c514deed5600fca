"""Reading what the simulators saw, and turning it into facts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from tests.chaos.facts import Asked, Facts, Sent, Wrote, tokens_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.chaos.facts import Killed

UNDELIVERED = frozenset({"failed", "undelivered"})
EVERY_S = 3.0


class Sessions:
    """The simulator of ElevenLabs forgets old sessions: they are read as soon as they close."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._read: dict[str, dict] = {}

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            with suppress(httpx.HTTPError):
                await self._look(open_too=False)

    async def all(self) -> list[dict]:
        """Every session of the run, with its frames."""
        await self._look(open_too=True)
        return list(self._read.values())

    async def _look(self, *, open_too: bool) -> None:
        listed = (await self._client.get("/_sim/sessions")).json()
        wanted = [
            row["conversation_id"]
            for row in listed
            if open_too or (row["closed_at"] and row["conversation_id"] not in self._read)
        ]
        for name in wanted:
            answer = await self._client.get(f"/_sim/sessions/{name}")
            if answer.status_code == 200 and (answer.json()["closed_at"] or open_too):
                self._read[name] = answer.json()


def facts_of(
    *,
    chats: Mapping[int, list[dict]],
    log: dict,
    sessions: Iterable[dict],
    kills: Iterable[Killed],
    called: frozenset[int],
) -> Facts:
    """Twilio's chats and log, ElevenLabs' frames, and when we killed what."""
    accepted = _accepted(log["webhooks"])
    callbacks = {
        row["sid"]: row["form"].get("StatusCallback", "") for row in log["requests"] if row["sid"]
    }
    wrote, sent = [], []
    for person, bubbles in chats.items():
        wrote += [_wrote(person, row, accepted) for row in bubbles if row["mine"]]
        sent += [_sent(person, row, callbacks) for row in bubbles if not row["mine"]]
    return Facts(
        wrote=tuple(wrote),
        sent=tuple(sent),
        asked=tuple(asked for session in sessions for asked in _asked(session)),
        kills=tuple(kills),
        called=called,
    )


def _accepted(posts: Iterable[dict]) -> dict[str, float]:
    """When each message's webhook was first answered with 200."""
    found: dict[str, float] = {}
    for post in posts:
        if post["what"] == "webhook":
            for attempt in post["attempts"]:
                if attempt["status"] == 200:
                    at = attempt["at"] + attempt["took_ms"] / 1000
                    found[post["sid"]] = min(at, found.get(post["sid"], at))
    return found


def _wrote(person: int, bubble: dict, accepted: Mapping[str, float]) -> Wrote:
    at = accepted.get(bubble["sid"])
    return Wrote(person=person, at=bubble["at"], body=bubble["body"], accepted_at=at)


def _sent(person: int, bubble: dict, callbacks: Mapping[str, str]) -> Sent:
    return Sent(
        person=person,
        at=bubble["at"],
        sid=bubble["sid"],
        body=bubble["body"],
        callback=callbacks.get(bubble["sid"], ""),
        template=bool(bubble["template"]),
        failed=bubble["status"] in UNDELIVERED,
    )


def _asked(session: dict) -> list[Asked]:
    return [
        Asked(
            session=session["conversation_id"],
            at=row["at"],
            tokens=tokens_in(str(row["frame"].get("text") or row["frame"].get("message") or "")),
        )
        for row in session["frames"]
        if row["direction"] == "in" and row["frame"].get("type") == "user_message"
    ]
