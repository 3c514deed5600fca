"""Coming in, leaving, and choosing a language: what sets a cookie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from functions.panel import answers

if TYPE_CHECKING:
    from datetime import datetime

    from aws_lambda_powertools.shared.cookies import Cookie

    from functions.panel.answers import Reply
    from functions.panel.asking import Asked
    from functions.panel.doors import Doors
    from functions.panel.sessions import Sessions

HERE: Final = re.compile(r"/panel(?:[/?][\w/?=&%.+~:@,-]*)?", re.ASCII)
"""A page of ours with its filters, and nothing that could end a header or lead elsewhere."""

_FLOW_S: Final = 600
_LANGUAGE_S: Final = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One method an address. Raises ``Refused`` for who may not come in."""

    doors: Doors
    sessions: Sessions

    def enter(self, asked: Asked, now: datetime) -> Reply:
        """By a link that works once."""
        session = self.doors.by_link(asked.query.get("ticket", ""), now)
        return answers.redirect("/panel", [self._session(asked, session)])

    def leave(self, asked: Asked, now: datetime) -> Reply:
        """To the issuer, to sign in there."""
        where, flow = self.doors.leave(now)
        kept = answers.cookie(answers.FLOW, flow, max_age_s=_FLOW_S, secure=asked.secure)
        return answers.redirect(where, [kept])

    def arrive(self, asked: Asked, now: datetime) -> Reply:
        """Back from the issuer."""
        session = self.doors.arrive(asked.raw_query, asked.cookie(answers.FLOW), now)
        return answers.redirect("/panel", [self._session(asked, session)])

    def sign_out(self, asked: Asked, now: datetime) -> Reply:
        """The session's cookie is gone."""
        visitor = asked.visitor(self.sessions, now)
        asked.check_form(visitor)
        gone = answers.cookie(answers.SESSION, "gone", max_age_s=0, secure=asked.secure)
        return answers.redirect("/panel", [gone])

    def language(self, asked: Asked, now: datetime) -> Reply:
        """The language is kept, and one is back where one was."""
        language = asked.visit(None, now).language
        kept = answers.cookie(
            answers.LANGUAGE, language, max_age_s=_LANGUAGE_S, secure=asked.secure
        )
        back = asked.query.get("back", "/panel")
        return answers.redirect(back if HERE.fullmatch(back) else "/panel", [kept])

    def _session(self, asked: Asked, session: str) -> Cookie:
        return answers.cookie(
            answers.SESSION, session, max_age_s=self.sessions.lasts_s, secure=asked.secure
        )
