"""How a person is found by name."""

import pytest

from conversation.names import folded, initial


@pytest.mark.parametrize("name", ["José Núñez", "JOSÉ  NÚÑEZ", "  jose nunez "])
def test_case_accents_and_blanks_do_not_matter(name):
    assert (folded(name), initial(name)) == ("jose nunez", "j")


@pytest.mark.parametrize("name", ["", "   ", "\u0301"])
def test_no_name_has_no_initial(name):
    assert initial(name) == ""


def test_a_name_without_end_is_cut():
    assert len(folded("a" * 5000)) == 200
