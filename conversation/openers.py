"""The opener: the first WhatsApp message after a call. Which one, and whether it goes out.

To a person who never wrote, WhatsApp delivers only an approved template; free text goes out
inside an open window, or from Twilio's sandbox.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.addresses import normalise, parse_address
from conversation.variables import Openers
from conversation.words import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conversation.calls import Call, Scalar
    from conversation.state import ConversationState
    from conversation.variables import StartSettings
    from conversation.words import Words

LONGEST_VARIABLE: Final = 300
"""Characters. A whole template may have 1,024 (Twilio's error 63021)."""

LONGEST_NAME: Final = 80

NOTHING: Final = "-"
"""What stands in a template for a call's variable that is empty: Twilio refuses empty ones."""

SOMEONE: Final[Mapping[Language, str]] = {Language.ES: "de nuevo", Language.EN: "again"}
"""Instead of a name, after "Hola" and "Hello": the agent has just spoken with the person."""

SOME_BUSINESS: Final[Mapping[Language, str]] = {
    Language.ES: "nuestro equipo",
    Language.EN: "our team",
}

REMEDY: Final = (
    "set OPENER_CONTENT_SID to an approved template (docs/templates), "
    "or TWILIO_SANDBOX=yes with Twilio's sandbox"
)

_SLOT: Final = re.compile(
    r"\{\{\s*(?P<variable>[^{}|]+?)\s*(?:\|(?P<otherwise>[^{}]*))?\}\}"
    r"|\{(?P<own>nombre|name|empresa|business)\}"
)


class Skip(StrEnum):
    """Why an opener that was made does not go out."""

    SUPERSEDED = "superseded"
    OPTED_OUT = "opted_out"
    DRY_RUN = "dry_run"
    NOT_ALLOWED = "not_allowed"
    PERSON_WROTE = "person_wrote"
    COOLDOWN = "cooldown"
    NEEDS_TEMPLATE = "needs_template"


@dataclass(frozen=True, slots=True)
class Opener:
    """What is sent, and shown. ``content`` is the text as the person reads it."""

    content: str
    content_sid: str | None = None
    content_variables: str | None = None
    skip: Skip | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """A call that is continued, and how its conversation stood before."""

    call: Call
    before: ConversationState
    settings: StartSettings
    now: datetime

    @property
    def sid(self) -> str | None:
        """The template for it, if there is one."""
        return template_for(self.settings.content_sids, self.call.agent_id, self.language)

    @property
    def language(self) -> str | None:
        """The call's; where it is not known, the one the person had before."""
        return self.call.language or self.before.language

    @property
    def superseded(self) -> bool:
        """Whether a later call was started from already."""
        ended_at = self.before.call_ended_at
        return ended_at is not None and ended_at > self.call.ended_at

    @property
    def allowed(self) -> bool:
        """Whether the number is one of ``ALLOWED_NUMBERS``, if there are any, however written."""
        allowed = self.settings.allowed_numbers
        return not allowed or _identity(self.call.number) in set(map(_identity, allowed))

    @property
    def person_wrote(self) -> bool:
        """Whether the person wrote after the call: they need no first message any more."""
        wrote_at = self.before.last_inbound_at
        return wrote_at is not None and wrote_at > self.call.ended_at

    @property
    def cooling_down(self) -> bool:
        """Whether the last opener is too fresh for another."""
        opener_at = self.before.opener_at
        days = timedelta(days=self.settings.cooldown_days)
        return opener_at is not None and self.now - opener_at < days

    @property
    def needs_template(self) -> bool:
        """Whether there is no way to be delivered."""
        text_goes = self.settings.sandbox or self.before.window_open(self.now)
        return self.sid is None and not text_goes


SKIPS: Final[tuple[tuple[Callable[[Occasion], bool], Skip], ...]] = (
    (lambda o: o.superseded, Skip.SUPERSEDED),
    (lambda o: o.before.opted_out, Skip.OPTED_OUT),
    (lambda o: o.settings.openers is not Openers.ON, Skip.DRY_RUN),
    (lambda o: not o.allowed, Skip.NOT_ALLOWED),
    (lambda o: o.person_wrote, Skip.PERSON_WROTE),
    (lambda o: o.cooling_down, Skip.COOLDOWN),
    (lambda o: o.needs_template, Skip.NEEDS_TEMPLATE),
)
"""Asked in this order; the first that applies keeps the opener back."""


def opener_for(occasion: Occasion, *, name: str | None, words: Words) -> Opener:
    """The opener of a call. One that is skipped is made too: operators see what it would say."""
    skip = next((reason for applies, reason in SKIPS if applies(occasion)), None)
    spoken = words.language_of(occasion.language)
    variables, sid = occasion.call.dynamic_variables, occasion.sid
    if sid is None:
        text = words.opener(name, occasion.language)
        return Opener(_filled(text, variables, {}), skip=skip)
    name, business = name or SOMEONE[spoken], words.business or SOME_BUSINESS[spoken]
    own = dict.fromkeys(("nombre", "name"), name) | dict.fromkeys(("empresa", "business"), business)
    filled = {
        slot: _sendable(_filled(sentence, variables, own))
        for slot, sentence in occasion.settings.content_variables.items()
    }
    body = words.overrides.get(f"opener.{sid}")
    shown = replace(words, business=business).opener(name, occasion.language)
    content = _filled(body, filled, own) if body else _filled(shown, variables, {})
    return Opener(content, sid, json.dumps(filled, ensure_ascii=False), skip)


def template_for(
    content_sids: Mapping[str, str], agent_id: str, language: str | None
) -> str | None:
    """The template of an agent and a language, the most particular first."""
    code = (language or "").replace("_", "-")
    codes = [c for c in (code, code.lower(), code.lower().split("-")[0]) if c]
    wanted = (*(f"{agent_id}/{c}" for c in codes), agent_id, *codes, "*")
    return next((content_sids[key] for key in wanted if key in content_sids), None)


def client_name(variables: Mapping[str, Scalar], names: tuple[str, ...]) -> str | None:
    """The person's name: the first of ``names`` that is a text and not blank."""
    given = (variables.get(name) for name in names)
    texts = (" ".join(value.split()) for value in given if isinstance(value, str))
    return next((text[:LONGEST_NAME] for text in texts if text), None)


def _filled(sentence: str, variables: Mapping[str, Scalar], own: Mapping[str, str]) -> str:
    """Fills every slot in one pass: what a value holds is never taken for a slot."""

    def value(found: re.Match[str]) -> str:
        if found["own"]:
            return own.get(found["own"], found[0])
        given = variables.get(found["variable"])
        text = "" if given is None else " ".join(str(given).split())
        return text or found["otherwise"] or NOTHING

    return _SLOT.sub(value, sentence)


def _sendable(text: str) -> str:
    """As WhatsApp takes a template's variable: not empty, in one line, of a bounded length."""
    return " ".join(text.split())[:LONGEST_VARIABLE] or NOTHING


def _identity(number: str) -> str:
    return normalise(parse_address(number))
