"""The page's own small API. Every answer is JSON; what is wrong is named by one word."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from conversation.errors import HiloError, Refused, Transient
from infra.local.page.calls import read_callees
from infra.local.page.parlour import Parlour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

Answer = Callable[[Parlour, Request], Awaitable[object]]
LARGEST_BODY = 65_536


def routes(parlour: Parlour) -> list[Route]:
    """All of them."""
    table: tuple[tuple[str, str, Answer], ...] = (
        ("GET", "/about", about),
        ("POST", "/calls", call),
        ("GET", "/phones/{number}", chat),
        ("POST", "/phones/{number}/say", say),
        ("POST", "/phones/{number}/look", look),
        ("GET", "/switches", switches),
        ("POST", "/switches", switch),
    )
    endpoints = [
        Route(f"/api{path}", _endpoint(parlour, answer), methods=[method])
        for method, path, answer in table
    ]
    return [*endpoints, Route("/api/live", _live(parlour), methods=["GET"])]


async def about(parlour: Parlour, _request: Request) -> object:
    """What the page must know to be drawn."""
    site = parlour.site
    return {
        "calls_simulated": parlour.campaign is not None,
        "phones_simulated": parlour.phones is not None,
        "sender": site.sender,
        "business": site.settings.business,
        "agents": await parlour.campaign.agents() if parlour.campaign else [],
        "agent_id": site.settings.agent_id,
    }


async def call(parlour: Parlour, request: Request) -> object:
    """Start the calls."""
    document = await _json(request)
    people = read_callees(document.get("people"))
    await parlour.calls().call(str(document.get("agent_id", "")), people)
    parlour.live.know(person.number for person in people)
    parlour.live.hurry()
    return {"numbers": [person.number for person in people]}


async def chat(parlour: Parlour, request: Request) -> object:
    """What stands on a phone."""
    return await parlour.chats().chat(_number(request))


async def say(parlour: Parlour, request: Request) -> object:
    """The person writes."""
    return {"sid": await parlour.chats().say(_number(request), await _json(request))}


async def look(parlour: Parlour, request: Request) -> object:
    """The person takes up the phone, or puts it away."""
    is_open = (await _json(request)).get("open") is True
    await parlour.chats().look(_number(request), is_open=is_open)
    return {}


async def switches(parlour: Parlour, _request: Request) -> object:
    """The faults."""
    return await parlour.switches.shown()


async def switch(parlour: Parlour, request: Request) -> object:
    """Switch one fault."""
    document = await _json(request)
    await parlour.switches.switch(str(document.get("name", "")), on=document.get("on") is True)
    return await parlour.switches.shown()


def _endpoint(parlour: Parlour, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await answer(parlour, request))
        except Transient as error:
            return JSONResponse({"error": error.reason}, 503)
        except HiloError as error:
            return JSONResponse({"error": error.reason}, 400)

    return endpoint


def _live(parlour: Parlour) -> Callable[[Request], Awaitable[Response]]:
    async def live(_request: Request) -> Response:
        return StreamingResponse(_as_events(parlour), media_type="text/event-stream")

    return live


async def _as_events(parlour: Parlour) -> AsyncIterator[str]:
    async for kind, what in parlour.live.news():
        yield f"event: {kind}\ndata: {json.dumps(what, ensure_ascii=False)}\n\n"


async def _json(request: Request) -> dict[str, Any]:
    # A page of another origin could send plain text without asking first, but never JSON.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused("JSON is wanted", reason="json")
    body = await request.body()
    try:
        document = json.loads(body) if len(body) <= LARGEST_BODY else None
    except ValueError as error:
        raise Refused("JSON is wanted", reason="json") from error
    if not isinstance(document, dict):
        raise Refused("a JSON object is wanted", reason="json")
    return document


def _number(request: Request) -> str:
    return str(request.path_params["number"])
