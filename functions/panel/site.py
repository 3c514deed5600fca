"""The panel as one web application: routes, and what each does with a request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from markupsafe import Markup

from conversation.errors import HiloError, MisconfiguredError, Refused, Transient
from conversation.identifiers import ContactId
from conversation.signals import Signal
from functions.panel import answers
from functions.panel.act import Action
from functions.panel.answers import Reply
from functions.panel.asking import Asked
from functions.panel.entrance import HERE
from functions.panel.given_up import Deed
from functions.panel.pages import version
from functions.panel.roles import Right
from functions.panel.shown import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.signals import Signals
    from functions.panel.act import Operating, Outcome
    from functions.panel.assets import Assets
    from functions.panel.entrance import Entrance
    from functions.panel.pages import Pages, Visit
    from functions.panel.roles import Visitor
    from functions.panel.rooms import Rooms
    from functions.panel.sessions import Sessions

Answer = Callable[..., Reply]
D = TypeVar("D", bound=StrEnum)

_STATUS: Final = {
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "forged": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
API: Final = "/panel/api"


class Site:
    """Safe to call from several threads: the resolver keeps the request in its class."""

    def __init__(
        self,
        *,
        pages: Pages,
        assets: Assets,
        sessions: Sessions,
        entrance: Entrance,
        rooms: Rooms,
        operating: Operating,
        signals: Signals,
        now: Callable[[], datetime],
    ) -> None:
        self._pages = pages
        self._assets = assets
        self._sessions = sessions
        self._entrance = entrance
        self._rooms = rooms
        self._operating = operating
        self._signals = signals
        self._now = now
        self._lock = threading.Lock()
        self._resolver = APIGatewayHttpResolver()
        for method, path, answer in self._routes():
            self._resolver.route(path, method)(self._guarded(answer))
        self._resolver.not_found(self._lost)

    def answer(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """API Gateway's response to its event. Never raises what a visitor could cause."""
        with self._lock:
            return dict(self._resolver.resolve(dict(event), context))  # type: ignore[arg-type]  # Lambda's own context

    def routes(self) -> list[tuple[str, str]]:
        """Method and path of every route."""
        return [(method, path) for method, path, _ in self._routes()]

    def _routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/panel", self._page(self._rooms.home)),
            ("GET", "/panel/day", self._page(self._rooms.day)),
            ("GET", "/panel/conversations", self._page(self._rooms.conversations)),
            ("GET", "/panel/people/<contact_id>", self._page(self._rooms.person)),
            ("GET", "/panel/people/<contact_id>/transcript", self._transcript),
            ("GET", "/panel/notices", self._page(self._rooms.notices)),
            ("GET", "/panel/sockets", self._page(self._rooms.sockets)),
            ("GET", "/panel/dead-letters", self._page(self._rooms.dead_letters)),
            ("POST", "/panel/dead-letters/<deed>", self._see_to),
            ("GET", "/panel/health", self._page(self._rooms.health)),
            ("POST", "/panel/people/<contact_id>/<action>", self._act),
            ("GET", f"{API}/openapi.json", self._rooms.described),
            ("GET", f"{API}/home", self._json(self._rooms.home)),
            ("GET", f"{API}/conversations", self._json(self._rooms.conversations)),
            ("GET", f"{API}/people/<contact_id>", self._json(self._rooms.person)),
            ("GET", f"{API}/people/<contact_id>/transcript", self._json(self._rooms.transcript)),
            ("GET", f"{API}/notices", self._json(self._rooms.notices)),
            ("GET", f"{API}/sockets", self._json(self._rooms.sockets)),
            ("GET", f"{API}/dead-letters", self._json(self._rooms.dead_letters)),
            ("POST", f"{API}/dead-letters/<deed>", self._see_to_json),
            ("GET", f"{API}/health", self._json(self._rooms.health)),
            ("POST", f"{API}/people/<contact_id>/<action>", self._act_json),
            ("GET", "/panel/enter", self._entering(self._entrance.enter)),
            ("GET", "/panel/sign-in", self._entering(self._entrance.leave)),
            ("GET", "/panel/signed-in", self._entering(self._entrance.arrive)),
            ("POST", "/panel/sign-out", self._entering(self._entrance.sign_out)),
            ("GET", "/panel/language", self._entering(self._entrance.language)),
            ("GET", "/panel/static/<name>", self._asset),
        ]

    # Every route that shows or changes anything begins with who asks.

    def _page(self, room: Callable[..., dict[str, Any]]) -> Answer:
        def answer(**keys: str) -> Reply:
            asked = self._asked()
            visit = self._visit(asked)
            if visit.visitor:
                visit.visitor.require(Right.LOOK)
            known = room(visit, **keys)
            name = room.__name__
            part = self._pages.draw(f"{name}_part", visit, **known)
            mark = version(part)
            if visit.fragment:
                if asked.header("x-hilo-version") == mark:
                    return answers.unchanged()
                return self._framed(part, mark, visit)
            framed = Markup(self._frame(part, mark, visit))  # noqa: S704 - drawn by a template
            return answers.html(self._pages.draw(name, visit, part=framed, **known))

        return answer

    def _transcript(self, contact_id: str) -> Reply:
        asked = self._asked()
        visit = self._visit(asked)
        if visit.visitor:
            visit.visitor.require(Right.LOOK)
        known = self._rooms.transcript(visit, contact_id)
        part = self._pages.draw("transcript_part", visit, **known)
        if asked.header("hx-request"):
            return answers.html(part)
        framed = Markup(part)  # noqa: S704 - drawn by a template
        return answers.html(self._pages.draw("transcript", visit, part=framed, **known))

    def _json(self, room: Callable[..., dict[str, Any]]) -> Answer:
        def answer(**keys: str) -> Reply:
            visit = self._visit(self._asked())
            if visit.visitor:
                visit.visitor.require(Right.LOOK)
            return answers.data(room(visit, **keys))

        return answer

    def _act(self, contact_id: str, action: str) -> Reply:
        asked = self._asked()
        visit = self._visit(asked)
        wanted, outcome = self._performed(asked, visit, contact_id, action)
        where = f"/panel/people/{contact_id}"
        if wanted is Action.REVEAL:
            known = self._rooms.person(visit, contact_id)
            known["revealed"] = whole_number(self._rooms.looking.state(contact_id))
            part = self._pages.draw("person_part", visit, **known)
            framed = Markup(self._frame(part, version(part), visit, where))  # noqa: S704 - as above
            return answers.html(self._pages.draw("person", visit, part=framed, **known))
        return answers.redirect(f"{where}?did={wanted.value}&outcome={outcome.value}")

    def _act_json(self, contact_id: str, action: str) -> Reply:
        asked = self._asked()
        wanted, outcome = self._performed(asked, self._visit(asked), contact_id, action)
        found: dict[str, object] = {"action": wanted.value, "outcome": outcome.value}
        if wanted is Action.REVEAL:
            found["number"] = whole_number(self._rooms.looking.state(contact_id))
        return answers.data(found)

    def _performed(
        self, asked: Asked, visit: Visit, contact_id: str, action: str
    ) -> tuple[Action, Outcome]:
        visitor = self._acting(asked, visit)
        wanted = _one_of(Action, action)
        return wanted, self._operating.perform(wanted, ContactId(contact_id), visitor, visit.now)

    def _see_to(self, deed: str) -> Reply:
        asked = self._asked()
        wanted, became = self._seen_to(asked, self._visit(asked), deed)
        told = urlencode({"did": wanted.value, **became})
        return answers.redirect(f"/panel/dead-letters?{told}")

    def _see_to_json(self, deed: str) -> Reply:
        asked = self._asked()
        wanted, became = self._seen_to(asked, self._visit(asked), deed)
        return answers.data({"action": wanted.value, **became})

    def _seen_to(self, asked: Asked, visit: Visit, deed: str) -> tuple[Deed, dict[str, object]]:
        """One, by its id, or all of a reason."""
        visitor, wanted, form = self._acting(asked, visit), _one_of(Deed, deed), asked.form()
        given_up = self._rooms.given_up
        if "reason" in form:
            bulk = given_up.perform_all(wanted, form["reason"], visitor, visit.now)
            return wanted, asdict(bulk)
        outcome = given_up.perform(wanted, form.get("id", ""), visitor, visit.now)
        return wanted, {"outcome": outcome.value}

    def _acting(self, asked: Asked, visit: Visit) -> Visitor:
        """Who asks for something to be done, from a page of ours."""
        if visit.visitor is None:
            raise Refused("sign in first", reason="not_signed_in")
        asked.check_form(visit.visitor)
        return visit.visitor

    def _entering(self, answer: Callable[[Asked, datetime], Reply]) -> Answer:
        return lambda: answer(self._asked(), self._now())

    def _asset(self, name: str) -> Reply:
        found = self._assets.get(name)
        if found is None:
            raise Refused("there is no such file", reason="not_found")
        return answers.asset(found.content_type, found.text)

    def _lost(self, _error: Exception) -> Reply:
        asked = self._asked()
        there = asked.without_slash
        if there is not None and HERE.fullmatch(there):
            return answers.redirect(there)
        return self._refused(Refused("there is no such page", reason="not_found"))

    # What they share.

    def _guarded(self, answer: Answer) -> Answer:
        def guarded(**keys: str) -> Reply:
            try:
                return answer(**keys)
            except HiloError as error:
                return self._refused(error)

        return guarded

    def _refused(self, error: HiloError) -> Reply:
        asked = self._asked()
        status = _STATUS.get(error.reason, HTTPStatus.BAD_REQUEST)
        if isinstance(error, Transient | MisconfiguredError):
            status = HTTPStatus.SERVICE_UNAVAILABLE
        elif not isinstance(error, Refused):
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            self._signals(Signal.DEFECT_FOUND, reason=error.reason, error=type(error).__name__)
        if asked.event.path.startswith(API) or asked.wants_part:
            return answers.data({"message": str(error), "reason": error.reason}, status)
        visit = asked.visit(None, self._now())
        name = "sign_in" if status is HTTPStatus.UNAUTHORIZED else "refused"
        page = self._pages.draw(
            name,
            visit,
            reason=error.reason,
            status=int(status),
            issuer=self._entrance.doors.has_issuer,
        )
        return answers.html(page, status)

    def _asked(self) -> Asked:
        return Asked(self._resolver.current_event)

    def _visit(self, asked: Asked) -> Visit:
        now = self._now()
        return asked.visit(asked.visitor(self._sessions, now), now)

    def _framed(self, part: str, mark: str, visit: Visit) -> Reply:
        return answers.html(self._frame(part, mark, visit))

    def _frame(self, part: str, mark: str, visit: Visit, path: str = "") -> str:
        return self._pages.draw(
            "live",
            visit,
            part=Markup(part),  # noqa: S704 - drawn by a template, which escaped it
            mark=mark,
            live=path or visit.path,
        )


def _one_of(deeds: type[D], name: str) -> D:
    try:
        return deeds(name)
    except ValueError as error:
        raise Refused("there is no such action", reason="not_found") from error
