"""Twilio's REST API, as far as WhatsApp needs it; one port serves api., messaging. and content."""

import re
import time
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path

from infra.local.twilio import templates
from infra.local.twilio.callbacks import install_sid
from infra.local.twilio.door import Call, Door
from infra.local.twilio.exchange import Exchange, new_sid
from infra.local.twilio.faults import Kind, Route
from infra.local.twilio.outbound import accept
from infra.local.twilio.records import Message
from infra.local.twilio.refusals import Code, RefusalError
from infra.local.twilio.resources import Asked, page_of, resource

ACCOUNT = "/2010-04-01/Accounts/{account}"
TYPING_S = 25.0
MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


def routes(exchange: Exchange) -> list[Path]:
    """All paths of the API; whatever else is asked for gets Twilio's 404."""
    table = (
        ("POST", f"{ACCOUNT}/Messages.json", Route.CREATE, create),
        ("GET", f"{ACCOUNT}/Messages.json", Route.LIST, listing),
        ("GET", f"{ACCOUNT}/Messages/{{sid}}.json", Route.FETCH, fetch),
        ("GET", f"{ACCOUNT}.json", Route.OTHER, account),
        ("POST", "/v2/Indicators/Typing.json", Route.TYPING, typing),
        ("GET", "/v2/Channels/Senders", Route.OTHER, senders),
        ("GET", "/v1/Content", Route.OTHER, contents),
        ("GET", "/v1/Content/{sid}", Route.OTHER, content),
        ("GET", "/v1/Content/{sid}/ApprovalRequests", Route.OTHER, approval),
    )
    known = [
        Path(path, Door(exchange, route, answer).open, methods=[method])
        for method, path, route, answer in table
    ]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*known, Path("/{rest:path}", Door(exchange, Route.OTHER, nowhere).open, methods=every)]


def create(call: Call) -> Response:
    """Accepts a message, or refuses it as Twilio would."""
    exchange = call.exchange
    message = accept(
        call.form,
        config=exchange.config,
        person_at=exchange.people.at,
        template=exchange.store.template,
        sid=new_sid("SM"),
        now=time.time(),
    )
    exchange.store.keep_message(message)
    call.sid = message.sid
    exchange.journal.changed(
        "message", sid=message.sid, person=message.person, direction=message.direction
    )
    exchange.carrier.take(message)
    return JSONResponse(resource(message, exchange.config.account_sid), 201)


def listing(call: Call) -> Response:
    """A page of the message list, which may lag behind."""
    lag = call.struck(Kind.LIST_LAG)
    youngest = time.time() - (lag.delay_s if lag else 0)
    shown = (m for m in call.exchange.store.newest_first() if m.created_at <= youngest)
    asked = Asked.of(_query(call))
    return JSONResponse(page_of(shown, asked, call.exchange.config.account_sid))


def fetch(call: Call) -> Response:
    """One message."""
    return JSONResponse(resource(_message(call), call.exchange.config.account_sid))


def account(call: Call) -> Response:
    """The account itself."""
    sid = call.exchange.config.account_sid
    return JSONResponse(
        {
            "sid": sid,
            "owner_account_sid": sid,
            "friendly_name": "Stand-in account",
            "status": "active",
            "type": "Full",
            "uri": f"/2010-04-01/Accounts/{sid}.json",
            "subresource_uris": {"messages": f"/2010-04-01/Accounts/{sid}/Messages.json"},
        }
    )


def typing(call: Call) -> Response:
    """The typing indicator: 25 seconds, or until the next message; it also marks as read."""
    channel, sid = (call.form.get(name, [""])[-1] for name in ("channel", "messageId"))
    if channel != "whatsapp" or not MESSAGE_SID.fullmatch(sid):
        raise RefusalError(Code.INVALID_PARAMETER, "messageId" if channel else "channel")
    call.exchange.people.typing(sid, TYPING_S)
    return JSONResponse({"success": True})


def senders(call: Call) -> Response:
    """The one sender, and its webhook."""
    config = call.exchange.config
    sender = {
        "sid": install_sid(config),
        "sender_id": config.sender,
        "status": "ONLINE",
        "configuration": None,
        "webhook": {"callback_url": config.public(config.webhook_url), "callback_method": "POST"},
        "profile": {"name": "Stand-in"},
        "url": f"{_base(call)}/v2/Channels/Senders/{install_sid(config)}",
    }
    return JSONResponse({"senders": [sender], "meta": _meta(call, "senders")})


def contents(call: Call) -> Response:
    """All templates."""
    sid, found = call.exchange.config.account_sid, call.exchange.store.templates()
    shown = [templates.content(template, sid, _base(call)) for template in found]
    return JSONResponse({"contents": shown, "meta": _meta(call, "contents")})


def content(call: Call) -> Response:
    """One template."""
    sid = call.exchange.config.account_sid
    return JSONResponse(templates.content(_template(call), sid, _base(call)))


def approval(call: Call) -> Response:
    """What Meta decided about a template."""
    sid = call.exchange.config.account_sid
    return JSONResponse(templates.approval(_template(call), sid, _base(call)))


def nowhere(call: Call) -> Response:
    """Never 501: a proxy in between would take that as leave to invent an answer."""
    raise RefusalError(Code.NOT_FOUND, call.request.url.path)


def _message(call: Call) -> Message:
    message = call.exchange.store.message(call.request.path_params["sid"])
    if message is None:
        raise RefusalError(Code.NOT_FOUND, call.request.url.path)
    return message


def _template(call: Call) -> templates.Template:
    template = call.exchange.store.template(call.request.path_params["sid"])
    if template is None:
        raise RefusalError(Code.NOT_FOUND, call.request.url.path)
    return template


def _query(call: Call) -> Mapping[str, str]:
    return call.request.query_params


def _base(call: Call) -> str:
    return str(call.request.base_url).rstrip("/")


def _meta(call: Call, key: str) -> dict[str, object]:
    url = f"{_base(call)}{call.request.url.path}?PageSize=50&Page=0"
    return {
        "page": 0,
        "page_size": 50,
        "first_page_url": url,
        "previous_page_url": None,
        "url": url,
        "next_page_url": None,
        "key": key,
    }
