"""The door of the REST API: reads, authenticates, strikes with faults, answers, notes it all."""

import asyncio
import base64
import binascii
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.twilio.exchange import Exchange
from infra.local.twilio.faults import Fault, Kind, Route
from infra.local.twilio.journal import Received
from infra.local.twilio.refusals import Code, RefusalError

OK = 300


@dataclass(slots=True)
class Call:
    """One request, read."""

    exchange: Exchange
    request: Request
    route: Route
    user: str
    secret: str
    form: dict[str, list[str]] = field(default_factory=dict)
    fault: str | None = None
    sid: str | None = None

    @property
    def about(self) -> str:
        """What faults are drawn by: the same for the same request, in whatever order they come."""
        words = ("To", "Body", "ContentSid", "ContentVariables", "messageId")
        known = "|".join(" ".join(self.form.get(name, [])) for name in words)
        return f"{self.request.method} {self.route} {known}"

    def struck(self, kind: Kind) -> Fault | None:
        """The fault of this kind, if it strikes now."""
        # A lagging list needs no route to be named.
        route = Route.ANY if kind is Kind.LIST_LAG else self.route
        fault = self.exchange.faults.strike(kind, self.about, route)
        if fault is not None:
            self.fault = kind
        return fault


Answer = Callable[[Call], Response]


class Door:
    """An endpoint: `answer` is called only for who may come in, and never twice."""

    def __init__(self, exchange: Exchange, route: Route, answer: Answer) -> None:
        self._exchange = exchange
        self._route = route
        self._answer = answer

    async def open(self, request: Request) -> Response:
        """Answers one request."""
        call = await _read(self._exchange, self._route, request)
        response: Response | None = None
        try:
            response = await self._struck(call)
        except RefusalError as refusal:
            response = JSONResponse(refusal.envelope(), refusal.status)
        finally:
            self._note(call, response)
        response.headers["Twilio-Request-Id"] = f"RQ{secrets.token_hex(16)}"
        return response

    async def _struck(self, call: Call) -> Response:
        if late := call.struck(Kind.LATENCY):
            await asyncio.sleep(late.delay_s)
        if before := await self._before(call):
            return before
        _authenticate(call)
        response = self._answer(call)
        return await self._after(call) or response if response.status_code < OK else response

    async def _before(self, call: Call) -> Response | None:
        """Faults that leave no trace: nothing was accepted."""
        if refused := call.struck(Kind.REFUSE):
            call.exchange.errands.run(call.exchange.listener.refuse(refused.delay_s))
            return await self._reset(call)
        if call.struck(Kind.RESET):
            return await self._reset(call)
        if call.struck(Kind.TOO_MANY):
            raise RefusalError(Code.TOO_MANY)
        failed = call.struck(Kind.ERROR_BEFORE)
        return _internal(failed.status) if failed else None

    async def _after(self, call: Call) -> Response | None:
        """Faults that hide a success: the message is really accepted."""
        if hung := call.struck(Kind.ACCEPT_THEN_TIMEOUT):
            await _hang(call.exchange.stopping, hung.delay_s)
            return await self._reset(call)
        if call.struck(Kind.RESET_AFTER):
            return await self._reset(call)
        failed = call.struck(Kind.ERROR_AFTER)
        return _internal(failed.status) if failed else None

    async def _reset(self, call: Call) -> Response:
        client = call.request.client
        if client is not None:
            await self._exchange.listener.reset((client.host, client.port))
        return _internal(500)

    def _note(self, call: Call, response: Response | None) -> None:
        request = call.request
        self._exchange.journal.received.append(
            Received(
                at=time.time(),
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                user=call.user,
                form={name: ",".join(values) for name, values in call.form.items()},
                status=None if response is None else response.status_code,
                sid=call.sid,
                fault=call.fault,
            )
        )


async def _read(exchange: Exchange, route: Route, request: Request) -> Call:
    user, secret = _credentials(request.headers.get("authorization", ""))
    text = (await request.body()).decode("utf-8", "replace")
    form = parse_qs(text, keep_blank_values=True)
    return Call(exchange, request, route, user, secret, form)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, coded = header.partition(" ")
    if scheme.casefold() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(coded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


def _authenticate(call: Call) -> None:
    if not call.exchange.config.opens_with(call.user, call.secret):
        raise RefusalError(Code.AUTHENTICATE)
    account = call.request.path_params.get("account", call.exchange.config.account_sid)
    if account != call.exchange.config.account_sid:
        raise RefusalError(Code.NOT_FOUND, call.request.url.path)


def _internal(status: int) -> Response:
    body = RefusalError(Code.INTERNAL).envelope() | {"status": status}
    return JSONResponse(body, status)


async def _hang(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
