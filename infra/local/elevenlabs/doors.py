"""What every REST request passes: the key, and the faults that are switched on."""

from __future__ import annotations

import asyncio
import functools
import hmac
from typing import TYPE_CHECKING

from infra.local.elevenlabs.problems import ProblemError, Shape, injected, legacy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.simulator import Simulator

    Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler) -> Handler:
    """Wrap a route: faults first, then the key, then the work; problems become answers."""

    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        world: Simulator = request.app.state.world
        await asyncio.sleep(world.faults.seconds("latency_s"))
        broken = _broken(request, world)
        if broken is not None:
            return broken
        try:
            _check_key(request, world.settings.api_key)
            response = await handler(request)
        except ProblemError as problem:
            response = problem.response()
        await asyncio.sleep(world.faults.seconds("rest_late_s"))
        return response

    return answer


def answering(handler: Handler) -> Handler:
    """Wrap a route of the control API: what is wrong in a request becomes an answer."""

    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ProblemError as problem:
            return problem.response()
        except ValueError as error:
            return legacy(400, "bad_request", str(error)).response()

    return answer


def _broken(request: Request, world: Simulator) -> Response | None:
    fault = world.faults.peek("rest_error")
    if fault is None:
        return None
    words: Json = fault if isinstance(fault, dict) else {"status": fault}
    if str(words.get("path", "")) not in request.url.path:
        return None
    world.faults.take("rest_error")
    shape = Shape(words.get("shape", Shape.LEGACY))
    return injected(int(words.get("status", 503)), words.get("code"), shape)


def _check_key(request: Request, expected: str) -> None:
    key = request.headers.get("xi-api-key")
    if key is None:
        raise legacy(
            401,
            "needs_authorization",
            "Neither authorization header nor xi-api-key received, please provide one.",
        )
    if not hmac.compare_digest(key.encode(), expected.encode()):
        raise legacy(401, "invalid_api_key", "Invalid API key")
