"""API Gateway's HTTP API, payload format 2.0: a request becomes an event, a result a response.

Shapes: AWS, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway".
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from infra.local.gateway.functions import Http

ACCOUNT: Final = "000000000000"
API_ID: Final = "local"
MAX_BODY_BYTES: Final = 10_000_000
"""API Gateway's limit for a request's payload; more is refused with 413."""

MAX_EVENT_BYTES: Final = 6_291_456
"""Lambda's limit for the event of a synchronous invocation."""

_TEXTUAL: Final = ("text/", "application/json", "application/xml", "application/javascript")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came over the wire. ``raw_query`` is kept verbatim."""

    method: str
    raw_path: str
    raw_query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_ip: str
    scheme: str = "http"
    http_version: str = "1.1"


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def http_event(
    request: Request, trigger: Http, *, now: datetime, request_id: str
) -> dict[str, Any]:
    """The event with which the function behind ``trigger`` is called. ``now`` is UTC."""
    headers, cookies = _joined(request.headers)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": trigger.route_key,
        "rawPath": request.raw_path,
        "rawQueryString": request.raw_query,
        "headers": headers,
        "requestContext": _context(request, trigger, headers, now, request_id),
        "isBase64Encoded": False,
    }
    # Keys without a value are left out, as API Gateway leaves them out.
    if cookies:
        event["cookies"] = cookies
    if request.raw_query:
        event["queryStringParameters"] = _query(request.raw_query)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers)
    return event


def response_from(result: object) -> Response:
    """The response that API Gateway makes of what a function returned."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return _inferred(result)
    try:
        return _spelled_out(result)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return refusal(500, "Internal Server Error")


def refusal(status: int, message: str) -> Response:
    """API Gateway's own answer when no function gave one."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, (("content-type", "application/json"),), body)


def _joined(pairs: tuple[tuple[str, str], ...]) -> tuple[dict[str, str], list[str]]:
    # "Format 2.0 doesn't have multiValueHeaders: duplicate headers are combined with commas", and
    # all cookie headers move to the field ``cookies``.
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in ((name.lower(), value) for name, value in pairs):
        if name == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, cookies


def _query(raw_query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(raw_query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    if headers.get("content-type", "").lower().startswith(_TEXTUAL):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # what is not text travels as bytes do
    return base64.b64encode(body).decode("ascii"), True


def _context(
    request: Request, trigger: Http, headers: Mapping[str, str], now: datetime, request_id: str
) -> dict[str, Any]:
    domain = headers.get("host", "127.0.0.1")
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.split(".")[0],
        "http": {
            "method": request.method,
            "path": request.raw_path,
            "protocol": f"HTTP/{request.http_version}",
            "sourceIp": request.client_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": trigger.route_key,
        "stage": "$default",
        # Not strftime's %b, which speaks the machine's language.
        "time": f"{now:%d}/{_MONTHS[now.month - 1]}/{now:%Y:%H:%M:%S} +0000",
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _inferred(result: object) -> Response:
    # "If your function returns valid JSON and doesn't return a statusCode, API Gateway assumes
    # 200, application/json and that the result is the body."
    body = result if isinstance(result, str) else json.dumps(result)
    return Response(200, (("content-type", "application/json"),), body.encode())


def _spelled_out(result: Mapping[str, Any]) -> Response:
    headers = {name.lower(): _text(value) for name, value in (result.get("headers") or {}).items()}
    headers.setdefault("content-type", "text/plain;charset=UTF-8")
    cookies = [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    body = result.get("body") or ""
    raw = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    return Response(int(result["statusCode"]), (*headers.items(), *cookies), raw)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
