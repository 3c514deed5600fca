"""Reading what the simulators saw, and turning it into facts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.chaos.facts import Asked, Facts, Sent, Wrote, tokens_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx

    from tests.chaos.facts import Killed

UNDELIVERED = frozenset({"failed", "undelivered"})
AT_ONCE = 20


async def all_sessions(client: httpx.AsyncClient) -> list[dict]:
    """Every session of the run, with its frames. The simulator was told to forget none."""
    listed = [row["conversation_id"] for row in (await client.get("/_sim/sessions")).json()]
    found = []
    for start in range(0, len(listed), AT_ONCE):
        part = listed[start : start + AT_ONCE]
        answers = await asyncio.gather(*(client.get(f"/_sim/sessions/{name}") for name in part))
        found += [answer.raise_for_status().json() for answer in answers]
    return found


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
