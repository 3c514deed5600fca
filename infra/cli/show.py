"""``hilo show``: what the panel's JSON API tells of the running local stack."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Protocol
from urllib.parse import quote

import httpx
import typer

from conversation.errors import Permanent, Transient
from functions.panel.roles import Role
from infra.cli.options import Data  # noqa: TC001 - typer reads it at run time
from infra.cli.panel import NO_STACK, link
from infra.local.data import DataFolder
from infra.local.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API: Final = "/panel/api"
_PAGES: Final = ("home", "conversations", "sockets", "notices", "dead-letters", "health")


class Running(Protocol):
    """A stack that runs, whoever started it."""

    @property
    def urls(self) -> Mapping[str, str]:
        """Where its processes are."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What they are told."""


def show(
    *,
    what: Annotated[
        str, typer.Argument(help="A page (home, conversations, sockets, …), a number or a name.")
    ] = "home",
    data: Data = ROOT / ".local",
) -> None:
    """Print a page of the operators' panel as JSON: what it knows, or one person by number."""
    running = DataFolder(data).read_running()
    if running is None:
        raise Permanent(NO_STACK, reason="no_stack")
    with entered(running) as http:
        print(json.dumps(shown(http, what), ensure_ascii=False, indent=2))


@contextmanager
def entered(running: Running) -> Iterator[httpx.Client]:
    """A client that has come in by a link, as a viewer: numbers stay masked."""
    gateway = running.urls["gateway"]
    with httpx.Client(base_url=gateway, trust_env=False, follow_redirects=True, timeout=30) as http:
        _asked(http, link("", running.environment["PANEL_LINK_KEY"], Role.VIEWER))
        yield http


def shown(http: httpx.Client, what: str) -> object:
    """What is `found`. Raises ``Permanent`` where nobody is, or no page has that name."""
    result = found(http, what)
    if result == []:
        pages = ", ".join(_PAGES)
        remedy = f"`hilo show conversations` lists who is there; other pages: {pages}"
        raise Permanent(f"nobody here has that name or number. {remedy}", reason="nobody")
    return result


def found(http: httpx.Client, what: str) -> object:
    """The page of that name; else the one person whom a number or a name means, or the list."""
    if what in _PAGES:
        return _asked(http, f"{API}/{what}").json()
    people = _asked(http, f"{API}/conversations?q={quote(what)}").json()["list"]["rows"]
    if len(people) == 1:
        return _asked(http, f"{API}/people/{people[0]['contact_id']}").json()
    return people


def _asked(http: httpx.Client, path: str) -> httpx.Response:
    try:
        answer = http.get(path)
    except httpx.HTTPError as error:
        raise Transient(f"the panel does not answer: {error}", reason="no_answer") from error
    if answer.is_error:
        raise Permanent(f"the panel refuses: {answer.text[:200]}", reason="panel_refused")
    return answer
