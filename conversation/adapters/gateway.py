"""API Gateway's HTTP API events (payload 2.0) ⇄ a plain request and response."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES: Final = 64 * 1024
"""More than any webhook of a provider carries; what is larger is not looked at."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``raw_query`` is as it came, percent-encoding and all."""

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The header, or an empty text."""
        return self.headers.get(name.lower(), "")


def read_request(event: Mapping[str, Any], *, max_body_bytes: int = MAX_BODY_BYTES) -> Request:
    """The request in ``event``.

    Raises ``Refused`` (reason ``too_large`` or ``bad_body``); a signature is not checked here.
    """
    http = event.get("requestContext", {}).get("http", {})
    body = _body(event)
    if len(body) > max_body_bytes:
        raise Refused(f"the body is larger than {max_body_bytes} bytes", reason="too_large")
    return Request(
        method=str(http.get("method", "POST")),
        path=str(event.get("rawPath", "")),
        raw_query=str(event.get("rawQueryString", "")),
        headers={k.lower(): v for k, v in (event.get("headers") or {}).items()},
        body=body,
    )


def respond(status: int, body: str = "", content_type: str = "text/plain") -> dict[str, Any]:
    """The response that API Gateway understands."""
    headers = {"content-type": f"{content_type}; charset=utf-8"} if body else {}
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def refuse(status: int, message: str) -> dict[str, Any]:
    """A response that says why not."""
    return respond(status, json.dumps({"message": message}), "application/json")


def _body(event: Mapping[str, Any]) -> bytes:
    raw = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(raw).encode()
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("the body is not the base64 it says it is", reason="bad_body") from error
