"""The ways in: the issuer's, and on one's own machine a link that works once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.identifiers import MessageKey
    from functions.panel.ports import Audit
    from functions.panel.roles import Role
    from functions.panel.sessions import Sessions
    from functions.panel.signing_in import Issuer

TARGET = "panel"
"""What a sign-in is recorded under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Each returns the session's cookie, and records who came in."""

    sessions: Sessions
    issuer: Issuer
    audit: Audit
    new_key: Callable[[], MessageKey]

    @property
    def has_issuer(self) -> bool:
        """Whether people can sign in at an issuer."""
        return self.issuer.configured

    def by_link(self, link: str, now: datetime) -> str:
        """Come in by a link, the first time that it is used."""
        who, role, name = self.sessions.opened(link, now)
        if not self.audit.first_use(name, now):
            raise Refused("this link has been used", reason="not_signed_in")
        return self._let_in(who, role, now)

    def leave(self, now: datetime) -> tuple[str, str]:
        """Where the issuer is, and the cookie of the sign-in under way."""
        where, flow = self.issuer.leave()
        return where, self.sessions.begin_flow(flow, now)

    def arrive(self, query: str, flow: str, now: datetime) -> str:
        """Come in by the issuer."""
        who, role = self.issuer.arrive(query, self.sessions.flow(flow, now))
        return self._let_in(who, role, now)

    def _let_in(self, who: str, role: Role, now: datetime) -> str:
        key = self.new_key()
        self.audit.begin(key, who, "sign_in", TARGET, now)
        self.audit.end(key, role.value, now)
        return self.sessions.begin(who, role, now)
