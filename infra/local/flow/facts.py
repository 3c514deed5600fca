"""The fact that is put into a call and must come back in the answers."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

LONGEST: Final = 200
"""Characters. A longer one is no fact but prose, which an agent retells in its own words."""

VARIABLE: Final = "dato"
"""The dynamic variable that carries it: neutral, so that any text fits."""

_WORD: Final = re.compile(r"[^\W_]+")


def new_fact(chance: Random) -> str:
    """A fact that nobody can have heard before."""
    return f"pedido {chance.randrange(1_000, 1_000_000)}"


def fault_of(fact: str) -> str | None:
    """What is wrong with a fact that the caller chose, if anything is."""
    if not fact.strip():
        return "--fact is empty: give a text such as 'pedido 7431', or leave the option out"
    if len(fact.strip()) > LONGEST or "\n" in fact.strip():
        return f"--fact is too long: one line of at most {LONGEST} characters"
    return None


def holds(text: str, fact: str) -> bool:
    """Whether ``text`` tells ``fact``: the same words in the same order, however written.

    Case, blanks and marks do not count: on its way the agent's markdown becomes WhatsApp's. A fact
    without letters and digits must be there sign by sign.
    """
    told, wanted = _words(text), _words(fact)
    if not wanted:
        return _plain(fact) in _plain(text)
    return any(told[n : n + len(wanted)] == wanted for n in range(len(told)))


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    # In markdown, &amp; is an ampersand.
    return " ".join(unicodedata.normalize("NFC", html.unescape(text)).casefold().split())
