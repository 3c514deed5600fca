"""The panel's sentences: each in both languages, each that is used, and no other."""

import json
import re
import string

import pytest

from conversation.dead_letters import Box
from conversation.doorbells import BellKind
from conversation.messages import Direction, InboundState, Kind, OutboundState
from conversation.state import Status
from functions.panel.act import Action, Outcome
from functions.panel.given_up import Deed
from functions.panel.pages import FOLDER
from functions.panel.roles import Role
from functions.panel.shown import Tab
from functions.panel.texts import FILE, LANGUAGES, Texts, language_of

TEXTS = json.loads(FILE.read_text(encoding="utf-8"))
USED = {
    key
    for path in FOLDER.glob("*.html")
    for key in re.findall(r"""\bt\(["']([\w.]+)["']\)""", path.read_text(encoding="utf-8"))
}
WORDS = {
    *(f"status.{each}" for each in Status),
    *(f"state.{each}" for each in (*InboundState, *OutboundState)),
    *(f"kind.{each}" for each in Kind),
    *(f"tab.{each}" for each in Tab),
    *(f"role.{each}" for each in Role),
    *(f"outcome.{each}" for each in Outcome),
    *(f"act.{each}" for each in Action),
    *(f"act.{each}.{more}" for each in Action if each != Action.REVEAL for more in ("sure", "yes")),
    *(f"act.{each}{more}" for each in Deed for more in ("", ".sure", ".yes")),
    *(f"about.audit.{each}" for each in (*Action, *Deed)),
    *(f"where.{each}" for each in (*Direction, *(f"{box}_queue" for box in Box))),
    *(f"bell.{each}" for each in (*BellKind, "unreadable")),
}


def gaps_of(text):
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)


def test_every_sentence_is_in_both_languages():
    assert set(TEXTS) == set(LANGUAGES)
    assert set(TEXTS["es"]) == set(TEXTS["en"])
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_both_languages_have_the_same_gaps():
    for key, text in TEXTS["es"].items():
        assert gaps_of(text) == gaps_of(TEXTS["en"][key]), key


@pytest.mark.parametrize("key", sorted(USED | WORDS))
def test_every_sentence_that_a_page_says_is_there(key):
    assert Texts().knows(key)


@pytest.mark.parametrize(
    ("wanted", "cookie", "accepted", "language"),
    [
        ("en", "es", "es", "en"),
        ("", "en", "es", "en"),
        ("", "", "fr-FR,en-GB;q=0.8,es;q=0.5", "en"),
        ("xx", "yy", "de", "es"),
        ("", "", "", "es"),
    ],
)
def test_the_language_is_the_one_that_was_chosen_last(wanted, cookie, accepted, language):
    assert language_of(wanted, cookie, accepted) == language


def test_directions_are_drawn_by_their_own_words():
    style = (FOLDER.parent / "static" / "pages.css").read_text()

    assert f'[data-direction="{Direction.OUTBOUND}"]' in style
