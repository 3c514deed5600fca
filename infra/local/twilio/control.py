"""`/_sim/…`: plays the people, switches faults, and tells what happened.

It asks for no password, so the server listens on loopback only.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.twilio.config import shown
from infra.local.twilio.exchange import Exchange
from infra.local.twilio.faults import read_fault
from infra.local.twilio.inbound import read_saying
from infra.local.twilio.journal import duplicates
from infra.local.twilio.records import Person
from infra.local.twilio.refusals import Code, RefusalError
from infra.local.twilio.templates import Template

LONGEST_WAIT_S = 55.0
Answer = Callable[[Exchange, Request], Awaitable[object]]


def routes(exchange: Exchange) -> list[Route]:
    """All control paths."""
    table: tuple[tuple[str, str, Answer], ...] = (
        ("GET", "/people", people),
        ("POST", "/people/{number}", change),
        ("POST", "/people/{number}/say", say),
        ("GET", "/people/{number}/messages", messages),
        ("POST", "/people/{number}/open", take_up),
        ("POST", "/people/{number}/close", put_away),
        ("POST", "/people/{number}/block", block),
        ("POST", "/people/{number}/unblock", unblock),
        ("POST", "/clock", clock),
        ("GET", "/log", log),
        ("GET", "/changes", changes),
        ("GET", "/templates", list_templates),
        ("POST", "/templates", keep_templates),
        ("GET", "/config", config),
        ("POST", "/config", configure),
        ("GET", "/faults", faults),
        ("POST", "/faults", switch),
        ("DELETE", "/faults", heal),
        ("POST", "/reset", reset),
    )
    return [
        Route(f"/_sim{path}", _endpoint(exchange, answer), methods=[method])
        for method, path, answer in table
    ]


async def people(exchange: Exchange, _request: Request) -> object:
    """Everybody, with the state of their window."""
    return {"people": [_shown(person) for person in exchange.store.people()]}


async def change(exchange: Exchange, request: Request) -> object:
    """Sets a person's properties."""
    return _shown(exchange.people.change(_number(request), await _json(request)))


async def say(exchange: Exchange, request: Request) -> object:
    """The person writes; with `wait`, answers after the webhook's last attempt."""
    document = await _json(request)
    message, post = exchange.people.say(_number(request), read_saying(document))
    if post is not None:
        errand = exchange.errands.run(exchange.people.ring(post))
        if document.get("wait"):
            await errand
    return {"sid": message.sid, "webhook": None if post is None else asdict(post)}


async def messages(exchange: Exchange, request: Request) -> object:
    """The chat on the phone; `?all=1` adds what never reached it."""
    everything = request.query_params.get("all") == "1"
    chat = exchange.people.chat(_number(request), everything=everything)
    return {"person": _shown(exchange.people.at(_number(request))), "messages": chat}


async def take_up(exchange: Exchange, request: Request) -> object:
    """The chat is open: what arrived is read, what arrives will be."""
    person = exchange.people.look(_number(request), is_open=True)
    exchange.carrier.read(person)
    return _shown(person)


async def put_away(exchange: Exchange, request: Request) -> object:
    """The chat is closed."""
    return _shown(exchange.people.look(_number(request), is_open=False))


async def block(exchange: Exchange, request: Request) -> object:
    """The person blocks the sender."""
    return _shown(exchange.people.change(_number(request), {"blocked": True}))


async def unblock(exchange: Exchange, request: Request) -> object:
    """The person takes the block back."""
    return _shown(exchange.people.change(_number(request), {"blocked": False}))


async def clock(exchange: Exchange, request: Request) -> object:
    """Lets time go by for the windows: `{"hours": 25}`, for one `number` or for all."""
    document = await _json(request)
    parts = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
    try:
        seconds = sum(float(str(document.get(name, 0))) * unit for name, unit in parts.items())
    except ValueError as error:
        raise RefusalError(Code.INVALID_PARAMETER, "hours") from error
    number = document.get("number")
    aged = exchange.people.later(None if number is None else str(number), seconds)
    return {"people": [_shown(person) for person in aged]}


async def log(exchange: Exchange, _request: Request) -> object:
    """Every request and every post, and what was sent more than once."""
    return {
        "requests": [asdict(received) for received in exchange.journal.received],
        "webhooks": [asdict(post) for post in exchange.journal.posts],
        "duplicates": duplicates(exchange.store.newest_first()),
    }


async def changes(exchange: Exchange, request: Request) -> object:
    """Long poll: waits up to `wait` seconds (25) for a change after number `after`."""
    query = request.query_params
    try:
        after, wait = int(query.get("after", "0")), float(query.get("wait", "25"))
    except ValueError as error:
        raise RefusalError(Code.INVALID_PARAMETER, "after, wait") from error
    wait_s = 0.0 if exchange.stopping.is_set() else max(0.0, min(wait, LONGEST_WAIT_S))
    return await exchange.journal.changes_after(after, wait_s)


async def list_templates(exchange: Exchange, _request: Request) -> object:
    """All templates."""
    return {"templates": [template.document() for template in exchange.store.templates()]}


async def keep_templates(exchange: Exchange, request: Request) -> object:
    """Adds or replaces one template, or a list of them under `templates`."""
    document = await _json(request)
    listed = document.get("templates", [document])
    if not isinstance(listed, list):
        raise RefusalError(Code.INVALID_PARAMETER, "templates")
    for item in listed:
        exchange.store.keep_template(read_template(item))
    return await list_templates(exchange, request)


async def config(exchange: Exchange, _request: Request) -> object:
    """The configuration, without secrets."""
    return shown(exchange.config)


async def configure(exchange: Exchange, request: Request) -> object:
    """Changes the configuration at once."""
    exchange.configure(await _json(request))
    return shown(exchange.config)


async def faults(exchange: Exchange, _request: Request) -> object:
    """What is switched on."""
    return exchange.faults.document()


async def switch(exchange: Exchange, request: Request) -> object:
    """Replaces all faults: `{"seed": 7, "faults": [{"kind": "too_many", "times": 3}]}`."""
    document = await _json(request)
    listed, seed = document.get("faults", []), document.get("seed", 0)
    if not isinstance(listed, list) or not isinstance(seed, int):
        raise RefusalError(Code.INVALID_PARAMETER, "faults")
    exchange.faults.switch([read_fault(item) for item in listed], seed=seed)
    return exchange.faults.document()


async def heal(exchange: Exchange, _request: Request) -> object:
    """No faults any more."""
    exchange.faults.switch([], seed=0)
    return exchange.faults.document()


async def reset(exchange: Exchange, _request: Request) -> object:
    """Forgets messages, people, faults and the log."""
    await exchange.reset()
    return {"ok": True}


def read_template(document: object) -> Template:
    """A template from JSON, stamped with the time it came."""
    if not isinstance(document, dict):
        raise RefusalError(Code.INVALID_PARAMETER, "templates")
    try:
        return Template.from_document({"created_at": time.time(), **document})
    except TypeError as error:
        raise RefusalError(Code.INVALID_PARAMETER, f"templates: {error}") from error


def _endpoint(exchange: Exchange, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await answer(exchange, request))
        except RefusalError as refusal:
            return JSONResponse(refusal.envelope(), refusal.status)

    return endpoint


async def _json(request: Request) -> dict[str, object]:
    body = await request.body()
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise RefusalError(Code.INVALID_PARAMETER, "JSON") from error
    if not isinstance(document, dict):
        raise RefusalError(Code.INVALID_PARAMETER, "JSON")
    return document


def _number(request: Request) -> str:
    return str(request.path_params["number"])


def _shown(person: Person) -> dict[str, object]:
    now = time.time()
    return person.document() | {
        "address": person.address,
        "window_open": person.window_is_open(now),
        "typing": person.typing_until > now,
    }
