"""The HTTP side of the gateway: an ASGI application in front of the functions."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest

from infra.local.gateway.functions import Function, Http, routes, trees
from infra.local.gateway.http_events import (
    MAX_BODY_BYTES,
    MAX_EVENT_BYTES,
    Request,
    Response,
    http_event,
    refusal,
    response_from,
)
from infra.local.gateway.invocation import Failed, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

INTEGRATION_TIMEOUT_S: Final = 30.0
"""API Gateway waits this long for a function, whatever the function's own limit is."""

TOO_LARGE: Final = refusal(413, "Request Entity Too Large")


class Application:
    """Answers as API Gateway would: routes, limits, and what functions return or fail to."""

    def __init__(self, call: Callable[[Function, object], Outcome]) -> None:
        self._call = call
        self._routes = routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        incoming = StarletteRequest(scope, receive)
        try:
            response = await self._answer(incoming)
        except ClientDisconnect:
            return
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
        headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    async def _answer(self, incoming: StarletteRequest) -> Response:
        function = self._behind(incoming.method, incoming.url.path)
        if not function or not isinstance(function.trigger, Http):
            return refusal(404, "Not Found")
        body = await _body(incoming)
        if body is None:
            return TOO_LARGE
        event = http_event(
            _request(incoming, body),
            function.trigger,
            now=datetime.now(UTC),
            request_id=str(uuid.uuid4()),
        )
        return await self._integrate(function, event)

    def _behind(self, method: str, path: str) -> Function | None:
        exact = self._routes.get((method, path))
        return exact or next((f for f in trees() if _is_below(f.trigger, path)), None)

    async def _integrate(self, function: Function, event: dict[str, Any]) -> Response:
        if len(event.get("body", "")) > MAX_EVENT_BYTES:
            return TOO_LARGE
        call = asyncio.to_thread(self._call, function, event)
        try:
            outcome = await asyncio.wait_for(call, INTEGRATION_TIMEOUT_S)
        except TimeoutError:
            return refusal(503, "Service Unavailable")
        if isinstance(outcome, Failed):
            return refusal(500, "Internal Server Error")
        return response_from(outcome.result)


def _is_below(trigger: object, path: str) -> bool:
    return isinstance(trigger, Http) and f"{path}/".startswith(f"{trigger.path}/")


async def _body(incoming: StarletteRequest) -> bytes | None:
    # ``None`` as soon as it is known to be too large: nothing unbounded is kept.
    body = bytearray()
    async for chunk in incoming.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _request(incoming: StarletteRequest, body: bytes) -> Request:
    scope = incoming.scope
    return Request(
        method=incoming.method,
        raw_path=scope["raw_path"].decode("latin-1"),
        raw_query=scope["query_string"].decode("latin-1"),
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]),
        body=body,
        client_ip=incoming.client.host if incoming.client else "127.0.0.1",
        scheme=scope["scheme"],
        http_version=scope["http_version"],
    )
