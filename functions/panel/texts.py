"""The panel's sentences, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("texts.json")
LANGUAGES: Final = ("es", "en")


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

    def knows(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._texts["en"]


def language_of(wanted: str, cookie: str, accepted: str) -> str:
    """The page's language: asked for, chosen before, or the browser's; else Spanish."""
    for each in (wanted, cookie, *(part.strip()[:2].lower() for part in accepted.split(","))):
        if each in LANGUAGES:
            return each
    return LANGUAGES[0]
