"""Somebody at the deployed panel: a browser's part, with the pages and cookies that it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from conversation.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

PANEL = "/panel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """``gateway`` is where the API is served. Raises ``Permanent`` for what a person could not do.

    Cookies are kept by hand: the local API has a path before the panel's own, which AWS has not.
    """

    gateway: str
    client: httpx.Client
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, gateway: str) -> Self:
        """A visitor with a browser of their own."""
        return cls(gateway=gateway, client=httpx.Client(timeout=60, trust_env=False))

    def get(self, path: str, status: int = HTTPStatus.OK) -> httpx.Response:
        """A page of the panel."""
        return self._asked("GET", path, status, None)

    def act(self, path: str, **form: str) -> Any:  # noqa: ANN401 - JSON
        """Do something by the panel's API, with the token that a page brought."""
        token = fields_of(self.get(PANEL).text)["csrf"]
        answer = self._asked("POST", path, HTTPStatus.OK, form, {"x-csrf-token": token})
        return answer.json()

    def files(self) -> list[str]:
        """Everything that the first page loads. Each is there, and may be kept for ever."""
        page = _Page.read(self.get(PANEL, HTTPStatus.UNAUTHORIZED).text)
        for path in page.files:
            kept = self.get(path).headers["cache-control"]
            if "immutable" not in kept:
                raise Permanent(f"{path} may be kept: {kept}", reason="unexpected")
        return page.files

    def sign_in(self, name: str, password: str) -> str:
        """Go to the issuer, sign in there, and come back. Returns the issuer's page."""
        issuer = self.get(f"{PANEL}/sign-in", HTTPStatus.SEE_OTHER).headers["location"]
        form = _Page.read(_expected(self.client.get(issuer), HTTPStatus.OK).text)
        filled = form.fields | {"username": name, "password": password}
        back = self.client.post(urljoin(issuer, form.action), data=filled)
        arrived = _expected(back, HTTPStatus.FOUND).headers["location"]
        self.get(arrived.removeprefix(self.gateway), HTTPStatus.SEE_OTHER)
        return issuer

    def _asked(
        self,
        method: str,
        path: str,
        status: int,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.client.request(
            method, self.gateway + path, data=form, headers={"cookie": cookies, **(headers or {})}
        )
        self.cookies.update(answer.cookies)
        return _expected(answer, status)


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return _Page.read(page).fields


class _Page(HTMLParser):
    """What a browser would load of a page, and send with its form."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.fields: dict[str, str] = {}
        self.action = ""

    @classmethod
    def read(cls, text: str) -> Self:
        page = cls()
        page.feed(text)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        match tag:
            case "script" | "img":
                self.files += [told["src"]] if "src" in told else []
            case "link":
                self.files.append(told["href"])
            case "form":
                self.action = told.get("action", "")
            case "input" if told.get("type") == "hidden":
                self.fields[told["name"]] = told.get("value", "")


def _expected(answer: httpx.Response, status: int) -> httpx.Response:
    if answer.status_code != status:
        where = urlsplit(str(answer.request.url)).path
        told = f"{where} was answered {answer.status_code}, not {status}: {answer.text[:500]}"
        raise Permanent(told, reason="unexpected")
    return answer
