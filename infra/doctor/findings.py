"""How a check says what it found."""

from __future__ import annotations

from conversation.findings import Finding, Verdict


def ok(name: str, detail: str) -> Finding:
    """It is as it should be."""
    return Finding(name, Verdict.OK, detail)


def failed(name: str, detail: str, remedy: str) -> Finding:
    """It is not, and this mends it."""
    return Finding(name, Verdict.FAILED, detail, remedy)


def untold(name: str, detail: str, remedy: str) -> Finding:
    """Nobody can tell from here."""
    return Finding(name, Verdict.UNTOLD, detail, remedy)


def judged(name: str, *, holds: bool, good: str, bad: str, remedy: str) -> Finding:
    """``ok`` with ``good``, or ``failed`` with ``bad``."""
    return ok(name, good) if holds else failed(name, bad, remedy)
