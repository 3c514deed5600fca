"""Responses, with what protects every page."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from functions.panel.pages import written

if TYPE_CHECKING:
    from collections.abc import Mapping

Reply = Response[str]
"""What every route returns."""

SESSION: Final = "hilo_session"
FLOW: Final = "hilo_flow"
LANGUAGE: Final = "hilo_language"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, and nothing inline: text of people can never become code."""

GUARDS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
}
_PRIVATE: Final = "no-store"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def html(text: str, status: int = HTTPStatus.OK, cookies: list[Cookie] | None = None) -> Reply:
    """A page. It is never kept by anyone: it shows what people wrote."""
    return _response(status, "text/html; charset=utf-8", text, _PRIVATE, cookies)


def data(value: object, status: int = HTTPStatus.OK) -> Reply:
    """The same as JSON."""
    return _response(status, "application/json; charset=utf-8", written(value), _PRIVATE)


def unchanged() -> Reply:
    """There is nothing new since the version that was named."""
    headers = {**GUARDS, "Cache-Control": _PRIVATE}
    return Response(HTTPStatus.NO_CONTENT, body="", headers=headers)


def redirect(where: str, cookies: list[Cookie] | None = None) -> Reply:
    """Go on there, by GET."""
    headers = {**GUARDS, "Cache-Control": _PRIVATE, "Location": where}
    return Response(HTTPStatus.SEE_OTHER, body="", headers=headers, cookies=cookies or [])


def asset(content_type: str, text: str) -> Reply:
    """A file whose name changes with its content."""
    return _response(HTTPStatus.OK, content_type, text, _FOR_EVER)


def cookie(name: str, value: str, *, max_age_s: int, secure: bool) -> Cookie:
    """A cookie that no script reads and no other site sends; not secure only on this machine."""
    return Cookie(
        name,
        value,
        path="/panel",
        secure=secure,
        http_only=True,
        max_age=max_age_s,
        same_site=SameSite.LAX_MODE,
    )


def _response(
    status: int, content_type: str, body: str, keep: str, cookies: list[Cookie] | None = None
) -> Reply:
    headers = {**GUARDS, "Cache-Control": keep}
    return Response(int(status), content_type, body, headers=headers, cookies=cookies or [])
