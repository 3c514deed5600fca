"""The panel's sentences, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("texts.json")
LANGUAGES: Final = ("es", "en")

GAPS: Final = frozenset({"account", "approval", "category", "reason", "sender"})
"""Gaps of sentences that hold a word of somebody else's: its kind is the gap's name."""

_ELSE: Final[Mapping[str, str]] = {"outcome": "reason"}
"""Where a kind has no such word, whose it may be."""


class Texts:
    """Reads the file once. A text that is missing is its own key, which a test forbids."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))

    def say(self, language: str, key: str, **values: object) -> str:
        """The sentence, with its gaps filled."""
        text = self._texts[language].get(key, key)
        return text.format(**values) if values else text

    def filled(self, language: str, key: str, values: Mapping[str, str]) -> str | None:
        """The sentence; ``None`` where there is none, or a value for one of its gaps is missing."""
        try:
            return self._texts[language][key].format_map(values)
        except KeyError:
            return None

    def drawn(self, language: str, key: str, values: Mapping[str, str]) -> Markup | None:
        """The same for a page: somebody else's words in the page's language, with their own."""
        said = {
            name: self.coded(language, name, value) if name in GAPS else escape(value)
            for name, value in values.items()
        }
        sentence = self._texts[language].get(key)
        try:
            return None if sentence is None else Markup(sentence).format_map(said)  # noqa: S704 - ours
        except KeyError:
            return None

    def word(self, language: str, kind: str, word: str) -> str | None:
        """A word of the tables or of a provider's; ``None`` for one that is not known here."""
        found = self._texts[language].get(f"{kind}.{word}")
        if found is None and kind in _ELSE:
            return self.word(language, _ELSE[kind], word)
        return found

    def said(self, language: str, kind: str, word: str) -> str:
        """That word, or the original where it is not known here."""
        return self.word(language, kind, word) or word

    def hinted(self, language: str, kind: str, word: str) -> Markup:
        """That word, which shows the original where somebody points at it."""
        known = self.word(language, kind, word)
        if known is None:
            return escape(word)
        return Markup('<span title="{}">{}</span>').format(word, known)

    def coded(self, language: str, kind: str, word: str) -> Markup:
        """That word and the original behind it: what one asks a provider about, or searches for."""
        known, code = self.word(language, kind, word), Markup("<code>{}</code>").format(word)
        return code if known is None else Markup("{} {}").format(known, code)

    def knows(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._texts["en"]


def language_of(wanted: str, cookie: str, accepted: str) -> str:
    """The page's language: asked for, chosen before, or the browser's; else Spanish."""
    for each in (wanted, cookie, *(part.strip()[:2].lower() for part in accepted.split(","))):
        if each in LANGUAGES:
            return each
    return LANGUAGES[0]
