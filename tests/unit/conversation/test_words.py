"""The words people read."""

from __future__ import annotations

import pytest

from conversation.messages import Notice
from conversation.words import DEFAULTS, OPENER, Language, Words

WORDS = Words("Clínica Sol", Language.ES, {})


def test_both_languages_have_every_sentence():
    assert {OPENER, *Notice} == set(DEFAULTS[Language.ES]) == set(DEFAULTS[Language.EN])


def test_the_opener_says_who_writes_to_whom():
    said = WORDS.opener("Ana", "es")

    assert said.startswith("Hola Ana, soy el asistente de Clínica Sol. Gracias")
    assert said.endswith("responda BAJA.")


def test_no_name_is_used_where_none_is_known():
    assert WORDS.opener(None, "es").startswith("Hola, soy el asistente de Clínica Sol.")
    assert WORDS.opener(None, "en").startswith("Hello, I am the assistant of Clínica Sol.")


def test_no_business_is_named_where_none_is_set():
    assert Words("", Language.ES, {}).opener("Ana", "es").startswith("Hola Ana, soy el asistente. ")


@pytest.mark.parametrize(
    ("code", "language"),
    [("es", "es"), ("es-CO", "es"), ("en_US", "en"), ("EN", "en"), ("hi", "es"), (None, "es")],
)
def test_a_language_we_have_no_words_in_gets_the_default(code, language):
    assert WORDS.language_of(code) == language


def test_a_sentence_can_be_replaced_in_one_language():
    words = Words("", Language.ES, {"waiting.es": "Ya voy."})

    assert words.notice(Notice.WAITING, "es") == "Ya voy."
    assert words.notice(Notice.WAITING, "en") == DEFAULTS[Language.EN][Notice.WAITING]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("notice", Notice)
def test_the_words_of_the_issue_are_the_defaults(notice, language):
    assert WORDS.notice(notice, language) == DEFAULTS[language][notice]
    assert "{" not in WORDS.notice(notice, language)
