"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    FAILED = "failed"
    UNTOLD = "untold"
    """It could not be made; the detail says why, and the remedy how to make it by hand."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``remedy`` is one line, and is there whenever the verdict is not OK."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    def document(self) -> dict[str, object]:
        """As JSON: ``ok`` is null where it could not be told."""
        told = {Verdict.OK: True, Verdict.FAILED: False, Verdict.UNTOLD: None}
        return {
            "name": self.name,
            "ok": told[self.verdict],
            "detail": self.detail,
            "remedy": self.remedy,
        }


def ok(name: str, detail: str) -> Check:
    """It is as it should be."""
    return Check(name, Verdict.OK, detail)


def failed(name: str, detail: str, remedy: str) -> Check:
    """It is not, and this mends it."""
    return Check(name, Verdict.FAILED, detail, remedy)


def untold(name: str, detail: str, remedy: str) -> Check:
    """Nobody can tell from here."""
    return Check(name, Verdict.UNTOLD, detail, remedy)


def judged(name: str, *, holds: bool, good: str, bad: str, remedy: str) -> Check:
    """``ok`` with ``good``, or ``failed`` with ``bad``."""
    return ok(name, good) if holds else failed(name, bad, remedy)
