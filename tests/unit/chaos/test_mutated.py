"""What a mutation takes out is out, whichever way it is called."""

from __future__ import annotations

import pytest

from tests.chaos.mutated import _replace


class Machine:
    def heed(self, word):
        return f"heeded {word}"

    STEPS = {"ring": heed}  # noqa: RUF012 - as the dialogue has it

    def on(self, word):
        return self.STEPS[word](self, word)


def test_what_a_table_calls_is_replaced_as_well():
    _replace(Machine, "heed", lambda _, word: f"ignored {word}")

    assert Machine().heed("ring") == Machine().on("ring") == "ignored ring"


def test_what_is_not_there_any_more_cannot_be_taken_out():
    with pytest.raises(AttributeError):
        _replace(Machine, "gone", lambda: None)
