"""Reading a request: who asks, for what, and whether a form is one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from conversation.errors import Refused
from functions.panel.answers import LANGUAGE, SESSION
from functions.panel.pages import Visit
from functions.panel.sessions import same
from functions.panel.texts import language_of

if TYPE_CHECKING:
    from datetime import datetime

    from functions.panel.roles import Visitor
    from functions.panel.sessions import Sessions

MAX_FORM_BYTES: Final = 16_384
_SAME_SITE: Final = frozenset({"", "same-origin", "none"})
_HERE: Final = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``event`` is API Gateway's."""

    event: Any

    @property
    def query(self) -> dict[str, str]:
        """The query's last value of each name."""
        return dict(parse_qsl(self.event.raw_query_string or "", keep_blank_values=True))

    @property
    def raw_query(self) -> str:
        """The query as it came."""
        return str(self.event.raw_query_string or "")

    @property
    def without_slash(self) -> str | None:
        """Where it is, of a page that was asked for with a slash at its end; else ``None``."""
        path = str(self.event.path)
        if not path.endswith("/") or self.event.http_method != "GET":
            return None
        return path.rstrip("/") + (f"?{self.raw_query}" if self.raw_query else "")

    @property
    def wants_part(self) -> bool:
        """Whether the page itself asks for the part that changes."""
        return bool(self.header("x-hilo-part"))

    @property
    def secure(self) -> bool:
        """Whether cookies must travel encrypted: everywhere but on one's own machine."""
        return self.header("host").partition(":")[0] not in _HERE

    def header(self, name: str) -> str:
        """A header, or an empty text."""
        return str((self.event.headers or {}).get(name, ""))

    def cookie(self, name: str) -> str:
        """A cookie, or an empty text."""
        # API Gateway takes them out of their header; what else calls a function may leave them in.
        for each in self.event.cookies or self.header("cookie").split(";"):
            found, _, value = each.strip().partition("=")
            if found == name:
                return str(value)
        return ""

    def form(self) -> dict[str, str]:
        """The fields of a form. Raises ``Refused`` for what is too large to be one, or no text."""
        try:
            body = self.event.decoded_body or ""
        except UnicodeDecodeError as error:
            raise Refused("no page of the panel sends this", reason="forged") from error
        if len(body) > MAX_FORM_BYTES:
            raise Refused("this is too large for a form", reason="too_large")
        return dict(parse_qsl(body, keep_blank_values=True))

    def visitor(self, sessions: Sessions, now: datetime) -> Visitor:
        """Who asks. Raises ``Refused`` (``not_signed_in``)."""
        return sessions.visitor(self.cookie(SESSION), now)

    def visit(self, visitor: Visitor | None, now: datetime) -> Visit:
        """What pages need to know of it."""
        language = language_of(
            self.query.get("lang", ""), self.cookie(LANGUAGE), self.header("accept-language")
        )
        return Visit(
            path=self.event.path,
            query=self.query,
            language=language,
            now=now,
            visitor=visitor,
            fragment=self.wants_part,
        )

    def check_form(self, visitor: Visitor) -> None:
        """Raises ``Refused`` (``forged``) unless one of our own pages sent it."""
        brought = self.form().get("csrf") or self.header("x-csrf-token")
        if self.header("sec-fetch-site") not in _SAME_SITE or not same(brought, visitor.csrf):
            raise Refused("this did not come from a page of the panel", reason="forged")
