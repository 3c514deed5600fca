"""What was received and sent, and what changed: for tests, for the harness and for the page."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from infra.local.twilio.records import Direction, Message

KEPT = 50_000


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One try to deliver a webhook; `status` is None if no answer came."""

    at: float
    took_ms: float
    status: int | None = None
    trouble: str | None = None
    answer: str = ""
    content_type: str = ""


@dataclass(slots=True, kw_only=True)
class Post:
    """A webhook or status callback: what was said to whom, and how it went."""

    what: str
    url: str
    sid: str
    form: dict[str, str]
    signature: str
    token: str
    attempts: list[Attempt] = field(default_factory=list)
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request to the REST API as it came; `fault` is the one that struck it."""

    at: float
    method: str
    path: str
    query: str
    user: str
    form: dict[str, str]
    status: int | None
    sid: str | None
    fault: str | None


class Journal:
    """The last requests, posts and changes; nothing of it is on disk."""

    def __init__(self) -> None:
        self.received: deque[Received] = deque(maxlen=KEPT)
        self.posts: deque[Post] = deque(maxlen=KEPT)
        self._changes: deque[dict[str, object]] = deque(maxlen=KEPT)
        self._last = 0
        self._news = asyncio.Event()

    def forget(self) -> None:
        """Starts afresh; the numbers of changes go on, so that followers notice nothing."""
        self.received.clear()
        self.posts.clear()
        self._changes.clear()
        self.changed("reset")

    def changed(self, what: str, **facts: object) -> None:
        """Tells those who wait for changes."""
        self._last += 1
        self._changes.append({"n": self._last, "what": what, **facts})
        self._news.set()
        self._news = asyncio.Event()

    async def changes_after(self, number: int, wait_s: float) -> dict[str, object]:
        """The changes after `number`, waiting up to `wait_s` for the first.

        A number from before a restart is larger than ours: then all are told, from the first.
        """
        after = number if number <= self._last else 0
        if after == self._last and number == after:
            await _wait(self._news, wait_s)
        fresh = [change for change in self._changes if _number(change) > after]
        return {"last": self._last, "changes": fresh}


def duplicates(messages: Iterable[Message]) -> list[dict[str, object]]:
    """Accepted messages that came more than once.

    `callback`: the same status callback with an id of the caller in its query, so surely one item
    sent twice. `text`: only the same words to the same person, which may be meant.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for message in messages:
        if message.direction == Direction.OUTBOUND:
            for why in _likenesses(message):
                groups.setdefault((*why, message.to), []).append(message.sid)
    found = ((why, to, sids) for (why, _, to), sids in groups.items() if len(sids) > 1)
    return [{"why": why, "to": to, "sids": sids} for why, to, sids in found]


def _likenesses(message: Message) -> list[tuple[str, str]]:
    url = message.status_callback or ""
    return [("text", message.body), *([("callback", url)] if "?" in url else [])]


def _number(change: dict[str, object]) -> int:
    return int(str(change["n"]))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
