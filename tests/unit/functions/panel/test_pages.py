"""How pages write what they know."""

from datetime import UTC, datetime

import pytest

from functions.panel.act import Action, Outcome
from functions.panel.pages import NOTHING, Visit, duration, letter


def a_visit(**query):
    now = datetime(2026, 11, 28, tzinfo=UTC)
    return Visit(path="/panel/conversations", query=query, language="es", now=now)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ana", "A"),
        ("\u202eana", "A"),
        ("\n  ñandú", "Ñ"),
        ("🙂 Ana", "🙂"),
        (" ", "·"),
        (None, "·"),
    ],
)  # fmt: skip
def test_the_first_character_that_is_seen_stands_for_a_person(name, shown):
    assert letter(name) == shown


@pytest.mark.parametrize(
    ("language", "ms", "written"),
    [("es", 1250, "1,2 s"), ("en", 1250, "1.2 s"), ("es", 999, "999 ms"), ("en", None, NOTHING)],
)
def test_times_are_written_as_the_language_does(language, ms, written):
    assert duration({"language": language}, ms) == written


def test_a_link_back_keeps_the_filters_and_nothing_else():
    assert a_visit(tab="closed", q="ana b", lang="en", did="x", batch="").here == (
        "/panel/conversations?tab=closed&q=ana+b"
    )
    assert a_visit(lang="en").here == "/panel/conversations"


def test_what_was_just_done_is_told_in_our_own_words_only():
    assert a_visit(did="close", outcome="done").did == (Action.CLOSE, Outcome.DONE)
    assert a_visit(did="close", outcome="call us").did is None
    assert a_visit(did="x", outcome="done").did is None
