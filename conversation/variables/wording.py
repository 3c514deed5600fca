"""What people read."""

from __future__ import annotations

from dataclasses import dataclass

from conversation import words as default_words
from conversation.parsing import choice, mapping, words
from conversation.settings import setting
from conversation.words import Language, Words


@dataclass(frozen=True, slots=True)
class WordSettings:
    """What people read."""

    business: str = setting("BUSINESS_NAME", "your name, as people know it", default="")
    default_language: Language = setting(
        "DEFAULT_LANGUAGE", "es or en: where a person's language is unknown", choice(Language),
        default="es",
    )  # fmt: skip
    overrides: dict[str, str] = setting(
        "WORDS",
        'other sentences: a JSON object such as {"waiting.es": "Un momento…"} (docs/settings.md)',
        mapping,
        default="{}",
    )
    opt_out: tuple[str, ...] = setting(
        "OPT_OUT_WORDS",
        "whole messages that end it, separated by commas",
        words,
        default=",".join(default_words.OPT_OUT_WORDS),
    )
    opt_in: tuple[str, ...] = setting(
        "OPT_IN_WORDS",
        "whole messages that begin it again, separated by commas",
        words,
        default=",".join(default_words.OPT_IN_WORDS),
    )

    def words(self) -> Words:
        """The sentences of this deployment."""
        return Words(self.business, self.default_language, self.overrides)
