"""What ``hilo doctor`` found: its words, as it prints them and as the panel shows them.

Pure. What is kept names no number of a person and none of the values that are secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

HIDDEN: Final = "•••"
_NUMBER: Final = re.compile(r"(?<![\w.-])\+?\d(?:[ ().-]?\d){6,14}(?![\w-])")
"""A phone number in a sentence; a number within an id is none."""

_GUESSABLE: Final = 6
"""A value shorter than this is no secret, and would be found in innocent words."""


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    FAILED = "failed"
    UNTOLD = "untold"
    """It could not be made; the detail says why, and the remedy how to make it by hand."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``remedy`` is one line, and is there whenever the verdict is not OK.

    Detail and remedy are in English; ``case`` names their sentences in any language, and ``values``
    fill the gaps. ``said`` is what somebody else said of it, word for word.
    """

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
    case: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    said: str = ""

    def document(self) -> dict[str, object]:
        """As JSON: ``ok`` is null where it could not be told."""
        told = {Verdict.OK: True, Verdict.FAILED: False, Verdict.UNTOLD: None}
        return {
            "name": self.name,
            "ok": told[self.verdict],
            "detail": self.detail,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """All that one run of ``hilo doctor`` found, in its order, and when it ended."""

    at: datetime
    findings: tuple[Finding, ...]


def discreet(finding: Finding, secrets: Iterable[str]) -> Finding:
    """The finding as it may be kept: a provider's or a setting's words may quote anything."""
    told = tuple(value for value in secrets if len(value) >= _GUESSABLE)
    return replace(
        finding,
        detail=_hidden(finding.detail, told),
        remedy=_hidden(finding.remedy, told),
        values={name: _hidden(value, told) for name, value in finding.values.items()},
        said=_hidden(finding.said, told),
    )


def _hidden(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _NUMBER.sub(HIDDEN, text)
