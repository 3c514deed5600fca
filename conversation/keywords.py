"""Opting out and back in: words that are a whole message, however they are written."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class OptChoice(StrEnum):
    """What a person chose, in Twilio's words for ``OptOutType``."""

    STOP = "STOP"
    START = "START"


def folded(text: str) -> str:
    """``text`` without accents, case, punctuation at its ends and repeated blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(plain.split()).strip(" .,;:!¡?¿\"'*_~")


def chosen(
    body: str, opt_out_type: str | None, outs: Iterable[str], ins: Iterable[str]
) -> OptChoice | None:
    """What a person chose by a message, if anything.

    ``opt_out_type`` is Twilio's own parameter (Advanced Opt-Out), and wins where it is given.
    Otherwise the *whole* message must be one of the words: "quiero cancelar mi cita" is a
    question for the agent.
    """
    if opt_out_type and opt_out_type.upper() in set(OptChoice):
        return OptChoice(opt_out_type.upper())
    said = folded(body)
    if said in {folded(word) for word in outs}:
        return OptChoice.STOP
    if said in {folded(word) for word in ins}:
        return OptChoice.START
    return None
