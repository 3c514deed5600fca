"""How a check says what it found: by a case, whose sentences the panel's catalog holds.

A case names one outcome of one check, or of several that come out alike. Its sentence is
``found.<case>``, what mends it ``remedy.<case>``, in both languages; ``values`` fill their gaps.
``said`` is what somebody else said of it, word for word.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from conversation.errors import Defect
from conversation.findings import Finding, Verdict
from functions.panel.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
"""What a terminal shows, and the JSON of the command."""


def ok(name: str, case: str, **values: object) -> Finding:
    """It is as it should be."""
    return _finding(name, Verdict.OK, case, values)


def failed(name: str, case: str, *, said: str = "", **values: object) -> Finding:
    """It is not; the case has a remedy."""
    return _finding(name, Verdict.FAILED, case, values, said)


def untold(name: str, case: str, *, said: str = "", **values: object) -> Finding:
    """Nobody can tell from here; the case says how to look by hand."""
    return _finding(name, Verdict.UNTOLD, case, values, said)


def judged(name: str, *, holds: bool, good: str, bad: str, **values: object) -> Finding:
    """``ok`` with the case ``good``, or ``failed`` with ``bad``."""
    verdict, case = (Verdict.OK, good) if holds else (Verdict.FAILED, bad)
    return _finding(name, verdict, case, values)


def _finding(
    name: str, verdict: Verdict, case: str, values: Mapping[str, object], said: str = ""
) -> Finding:
    filled = {key: str(value) for key, value in values.items()}
    found = _english(f"found.{case}", filled)
    remedy = "" if verdict is Verdict.OK else _english(f"remedy.{case}", filled)
    detail = f"{found}: {said}" if said else found
    return Finding(name, verdict, detail, remedy, case=case, values=filled, said=said)


def _english(key: str, values: Mapping[str, str]) -> str:
    sentence = _texts().filled(ENGLISH, key, values)
    if sentence is None:
        raise Defect(f"the panel's catalog does not say {key}", reason="no_words")
    return sentence


@cache
def _texts() -> Texts:
    return Texts()
