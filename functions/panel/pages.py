"""Drawing: templates, with what they may say and how they write times and sizes."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup

from conversation import dead_letters
from functions.panel.act import Action, Outcome
from functions.panel.bulk import AT_ONCE, Bulk
from functions.panel.given_up import Deed
from functions.panel.roles import Right
from functions.panel.shown import Tab
from functions.panel.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from jinja2.runtime import Context

    from conversation.findings import Finding
    from functions.panel.assets import Assets
    from functions.panel.roles import Visitor

_FILTERS: Final = frozenset({"tab", "q", "batch", "shard", "view", "before", "cursor"})
_DONE: Final[tuple[tuple[type[StrEnum], type[StrEnum]], ...]] = (
    (Action, Outcome),
    (Deed, dead_letters.Outcome),
)
_COUNT: Final = re.compile(r"[0-9]{1,4}")
NOTHING: Final = "\N{EN DASH}"
FOLDER: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, as pages need to know it."""

    path: str
    query: Mapping[str, str]
    language: str
    now: datetime
    visitor: Visitor | None = None
    fragment: bool = False
    """Only the part that changes is wanted."""

    @property
    def here(self) -> str:
        """The page with its filters, as a link may lead back to it."""
        kept = {name: value for name, value in self.query.items() if name in _FILTERS and value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def did(self) -> tuple[StrEnum, StrEnum] | None:
        """What was just done, and what became of it. Our own words only: anybody makes links."""
        did, outcome = self.query.get("did", ""), self.query.get("outcome", "")
        for deeds, outcomes in _DONE:
            if did in set(deeds) and outcome in set(outcomes):
                return deeds(did), outcomes(outcome)
        return None

    @property
    def did_all(self) -> tuple[Deed, Bulk] | None:
        """The same of many at once."""
        did, done, left = (self.query.get(name, "") for name in ("did", "done", "left"))
        if did not in set(Deed) or not (_COUNT.fullmatch(done) and _COUNT.fullmatch(left)):
            return None
        return Deed(did), Bulk(int(done), int(left), more=self.query.get("more") == "True")


class Pages:
    """Draws templates. Everything that comes from outside is escaped."""

    def __init__(self, assets: Assets) -> None:
        self._texts = Texts()
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "stamp": stamp,
            "clock": clock,
            "duration": duration,
            "letter": letter,
        }
        self._templates.globals |= {
            "asset": assets.url,
            "Right": Right,
            "Action": Action,
            "Deed": Deed,
            "Tab": Tab,
            "at_once": AT_ONCE,
            "languages": LANGUAGES,
            "as_json": lambda value: written(value, indent=2),
        }

    def draw(self, name: str, visit: Visit, **known: Any) -> str:  # noqa: ANN401 - what a template names
        """The page, or the part of it that changes."""
        say = functools.partial(self._texts.say, visit.language)
        template = self._templates.get_template(f"{name}.html")
        return template.render(
            visit=visit,
            visitor=visit.visitor,
            t=say,
            said=functools.partial(self._texts.said, visit.language),
            hinted=functools.partial(self._texts.hinted, visit.language),
            coded=functools.partial(self._texts.coded, visit.language),
            in_words=functools.partial(self._in_words, visit.language),
            language=visit.language,
            now=visit.now,
            **known,
        )

    def _in_words(self, language: str, kind: str, finding: Finding) -> Markup | None:
        """The doctor's words in people's language; ``None`` for a case of another release."""
        return self._texts.drawn(language, f"{kind}.{finding.case}", finding.values)


def stamp(at: datetime | None, mode: str = "age") -> Markup:
    """A time that the browser turns into an age or a local time; in UTC without it."""
    if at is None:
        return Markup(NOTHING)  # noqa: S704 - our own dash
    iso = at.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-{}>{}</time>').format(
        iso, mode, at.strftime("%d/%m %H:%M")
    )


def clock(at: datetime) -> str:
    """Hours and minutes."""
    return at.strftime("%H:%M")


@pass_context
def duration(context: Context, ms: int | None) -> str:
    """Milliseconds, as people of the page's language write them."""
    if ms is None:
        return NOTHING
    seconds = f"{ms / 1000:.1f} s"
    if context["language"] == "es":
        seconds = seconds.replace(".", ",")
    return f"{ms} ms" if ms < 1000 else seconds  # noqa: PLR2004 - a second


def letter(name: str | None) -> str:
    """What stands for a person in a circle: the first character of their name that is seen."""
    seen = (c for c in name or "" if unicodedata.category(c)[0] not in "CZM")
    return next(seen, "·").upper()


def version(text: str) -> str:
    """A short name of what a part of a page shows: the same text has the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(value: object, indent: int | None = None) -> str:
    """Any of our records as JSON."""
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=indent)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
