"""Carries signed form POSTs to the product, with Twilio's time-outs and retries."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

import httpx

from infra.local.twilio.config import Config
from infra.local.twilio.journal import Attempt, Journal, Post
from infra.local.twilio.overrides import Overrides, Trouble, overrides_of
from infra.local.twilio.signing import sign

FAILED_TO_REACH = "11200"
LINES = 64
ANSWER_KEPT = 8_000


class Postman:
    """Delivers posts and writes each attempt into the journal. The caller closes it."""

    def __init__(self, config: Callable[[], Config], journal: Journal) -> None:
        self._config = config
        self._journal = journal
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(trust_env=False, limits=limits)
        # Who waits here waits for us, which must not count against the product's time-outs.
        self._lines = asyncio.Semaphore(LINES)

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()

    def write(self, what: str, url: str, sid: str, form: Mapping[str, str]) -> Post:
        """A signed post, in the journal but not yet sent."""
        config = self._config()
        signed = config.public(url)
        post = Post(
            what=what,
            url=signed,
            sid=sid,
            form=dict(form),
            signature=sign(config.auth_token, signed, form.items()),
            token=str(uuid.uuid4()),
        )
        self._journal.posts.append(post)
        return post

    async def deliver(self, post: Post) -> bool:
        """Tries as often as the URL's overrides allow; whether a 2xx came."""
        async with self._lines:
            return await self._deliver(post)

    async def _deliver(self, post: Post) -> bool:
        overrides = overrides_of(post.url)
        deadline = time.monotonic() + overrides.total_s
        tries = 0
        while True:
            left = deadline - time.monotonic()
            attempt, trouble = await self._attempt(post, overrides, left)
            tries += 1
            post.attempts.append(attempt)
            self._journal.changed("post", kind=post.what, sid=post.sid, status=attempt.status)
            if not overrides.may_retry(trouble, tries) or time.monotonic() >= deadline:
                return trouble is None

    async def _attempt(
        self, post: Post, overrides: Overrides, left_s: float
    ) -> tuple[Attempt, Trouble | None]:
        at, started = time.time(), time.monotonic()
        status, answer, content_type = None, "", ""
        try:
            async with asyncio.timeout(left_s):
                response = await self._send(post, overrides)
            status, answer = response.status_code, response.text[:ANSWER_KEPT]
            content_type = response.headers.get("content-type", "")
            trouble = _trouble_of(status)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            trouble, answer = Trouble.CONNECT, repr(error)
        except (httpx.TransportError, TimeoutError) as error:
            trouble, answer = Trouble.READ, repr(error)
        took = (time.monotonic() - started) * 1000
        attempt = Attempt(
            at=at,
            took_ms=round(took, 1),
            status=status,
            trouble=trouble,
            answer=answer,
            content_type=content_type,
        )
        return attempt, trouble

    async def _send(self, post: Post, overrides: Overrides) -> httpx.Response:
        url = self._config().dialled(post.url)
        timeout = httpx.Timeout(overrides.read_s, connect=overrides.connect_s)
        return await self._client.post(
            url,
            content=urlencode(post.form),
            headers=_headers(post),
            timeout=timeout,
            # httpx would normalise the query; what is sent must be byte for byte what is signed.
            extensions={"target": _target(url)},
        )


def _headers(post: Post) -> dict[str, str]:
    return {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": post.signature,
        "I-Twilio-Idempotency-Token": post.token,
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }


def _target(url: str) -> bytes:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path or '/'}{query}".encode()


def _trouble_of(status: int) -> Trouble | None:
    if status >= 500:  # noqa: PLR2004  # HTTP's own classes
        return Trouble.SERVER_ERROR
    return Trouble.CLIENT_ERROR if status >= 400 else None  # noqa: PLR2004  # as above
