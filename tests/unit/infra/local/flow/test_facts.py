"""The fact that is put into a call, and finding it in an answer."""

import random

import pytest

from infra.local.flow.facts import LONGEST, fault_of, holds, new_fact


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Según lo que tengo anotado: pedido 7431.", "pedido 7431"),
        ("Su  PEDIDO\n7431, claro", "pedido 7431"),
        ("anotado: _negrita_ y a (http://b.c/d)", "*negrita* y [a](http://b.c/d)"),
        ("es <b>&", "es <b>&amp;"),
        ("Ñandu\u0301", "ñandú"),
        ("su regalo: 🎁🎁.", "🎁🎁"),
    ],
)
def test_a_fact_is_found_however_it_is_written(text, fact):
    assert holds(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("pedido 17431", "pedido 7431"),
        ("pedido 7431 0", "pedido 74310"),
        ("7431 pedido", "pedido 7431"),
        ("pedido número 7431", "pedido 7431"),
        ("su regalo: 🎁", "🎁🎁"),
        ("", "x"),
    ],
)
def test_another_fact_is_not_taken_for_it(text, fact):
    assert not holds(text, fact)


def test_a_fact_of_ours_is_another_each_time():
    chance = random.Random(1)

    assert len({new_fact(chance) for _ in range(50)}) > 45


@pytest.mark.parametrize("fact", ["", "  ", "x" * (LONGEST + 1), "one\ntwo"])
def test_a_fact_that_cannot_come_back_word_by_word_is_refused(fact):
    assert "--fact" in fault_of(fact)


def test_any_other_fact_is_good():
    assert fault_of("x" * LONGEST) is None
