"""The provider's error bodies. It has three shapes and a bare string; clients must read all.

(a) ``{"detail": {"status", "message"}}``, the older; (b) ``{"detail": {"type", "code", "message",
"status", "request_id", "param"}}``, the newer; (c) FastAPI's ``{"detail": [{"loc", "msg",
"type"}]}`` for 422; and ``{"detail": "Not Found"}`` for a route that does not exist.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from starlette.responses import HTMLResponse, JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.local.elevenlabs.shapes import Json


class Shape(StrEnum):
    """Which of the provider's error bodies is wanted."""

    LEGACY = "legacy"
    NEW = "new"
    LIST = "list"
    STRING = "string"
    HTML = "html"  # what a proxy in front of the provider answers


CODES = {
    400: "bad_request",
    401: "invalid_api_key",
    402: "insufficient_credits",
    403: "missing_permissions",
    404: "not_found",
    409: "conflict",
    429: "rate_limit_exceeded",
    503: "system_busy",
}
"""The code that goes with a status when a fault names none."""

_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    402: "payment_required",
    403: "authorization_error",
    404: "not_found",
    429: "rate_limit_error",
}


class ProblemError(Exception):
    """A request is refused with this status and body."""

    def __init__(self, status: int, body: Json, *, retry_after_s: int | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}

    def response(self) -> Response:
        """The answer that tells the problem."""
        return JSONResponse(self.body, self.status, headers=self.headers)


def legacy(status: int, code: str, message: str) -> ProblemError:
    """Shape (a)."""
    return ProblemError(status, {"detail": {"status": code, "message": message}})


def newer(status: int, code: str, message: str, *, param: str | None = None) -> ProblemError:
    """Shape (b)."""
    detail = {
        "type": _TYPES.get(status, "server_error"),
        "code": code,
        "message": message,
        "status": code,
        "request_id": "00000000000000000000000000000000",
        "param": param,
    }
    return ProblemError(status, {"detail": detail})


def invalid(*faults: tuple[Sequence[str | int], str, str]) -> ProblemError:
    """Shape (c), from (location, message, type) of each fault."""
    detail = [{"loc": list(loc), "msg": msg, "type": kind} for loc, msg, kind in faults]
    return ProblemError(422, {"detail": detail})


def missing(*path: str | int) -> tuple[Sequence[str | int], str, str]:
    """The fault of a field that is required and absent."""
    return (path, "Field required", "missing")


def injected(status: int, code: str | None, shape: Shape) -> Response:
    """The answer of a fault that was switched on."""
    named = code or CODES.get(status, "internal_server_error")
    message = f"Simulated: {named}"
    match shape:
        case Shape.LEGACY:
            return legacy(status, named, message).response()
        case Shape.NEW:
            return newer(status, named, message).response()
        case Shape.LIST:
            detail = {"loc": ["body"], "msg": message, "type": named}
            return JSONResponse({"detail": [detail]}, status)
        case Shape.STRING:
            return JSONResponse({"detail": message}, status)
        case Shape.HTML:
            return HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status)
        case _:
            assert_never(shape)
