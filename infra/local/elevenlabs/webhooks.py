"""The provider's post-call webhook: what is told, how it is signed, when it is tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from infra.local.elevenlabs.shapes import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json

_log = logging.getLogger(__name__)

RETRY_AFTER_S = (0.0, 30.0, 120.0, 480.0, 1800.0)
"""When each attempt follows the one before; off by default, as at the provider."""

_TRY_AGAIN = frozenset({408, 429})
_SERVER_ERROR = 500
_TIMEOUT_S = 10.0


def signature(secret: str, body: bytes, at: int) -> str:
    """The header ``ElevenLabs-Signature`` over the raw body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v0={digest}"


def event_of(conversation: Json, at: int) -> Json:
    """The envelope for a conversation that is final."""
    failed = conversation["status"] == "failed"
    return {
        "type": "call_initiation_failure" if failed else "post_call_transcription",
        "event_timestamp": at,
        "data": _failure(conversation) if failed else conversation,
    }


def worth_repeating(event: Json, status: int | None) -> bool:
    """Whether the provider would send the event again after this answer (None: no answer)."""
    if event["type"] != "post_call_transcription":
        return False
    return status is None or status >= _SERVER_ERROR or status in _TRY_AGAIN


@dataclass(slots=True)
class Delivery:
    """What became of one event, for the control API."""

    event_type: str
    conversation_id: str
    statuses: list[int | None] = field(default_factory=list)


class Webhooks:
    """Sends events to the configured address, each in a task of its own.

    All with one client: each new one reads the authorities' certificates, 20 ms in which nobody
    else is served, and a hundred sessions may end at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        # A connection that is kept is one that the receiver may just have closed.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, limits=limits)
        self.deliveries: list[Delivery] = []

    def tell(self, conversation: Json, settings: SimulatorSettings, copies: int = 1) -> None:
        """Send the event of this conversation, if an address is set. Needs a running loop."""
        if settings.webhook_url is None:
            return
        event = event_of(conversation, int(self._clock()))
        for _ in range(copies):
            task = asyncio.get_running_loop().create_task(self._deliver(event, settings))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what is still to be sent, and end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _deliver(self, event: Json, settings: SimulatorSettings) -> None:
        delivery = Delivery(event["type"], event["data"]["conversation_id"])
        self.deliveries.append(delivery)
        for wait in RETRY_AFTER_S if settings.webhook_retries else RETRY_AFTER_S[:1]:
            await asyncio.sleep(wait)
            status = await self._post(event, settings)
            delivery.statuses.append(status)
            if not worth_repeating(event, status):
                return

    async def _post(self, event: Json, settings: SimulatorSettings) -> int | None:
        body = written(event).encode()
        headers = {
            "content-type": "application/json",
            "elevenlabs-signature": signature(settings.webhook_secret, body, int(self._clock())),
        }
        try:
            url = str(settings.webhook_url)
            answer = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            _log.warning("webhook_not_delivered")
            return None
        return answer.status_code


def _failure(conversation: Json) -> Json:
    phone = conversation["metadata"]["phone_call"]
    reason = {"no_answer": "no-answer", "busy": "busy"}.get(phone["call_result"], "unknown")
    body = {
        "To": phone["external_number"],
        "Called": phone["external_number"],
        "From": phone["agent_number"],
        "CallSid": phone["call_sid"],
        "CallStatus": reason,
    }
    return {
        "agent_id": conversation["agent_id"],
        "conversation_id": conversation["conversation_id"],
        "failure_reason": reason,
        "metadata": {"type": "twilio", "body": body},
    }
