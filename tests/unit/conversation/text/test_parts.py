from __future__ import annotations

from conversation.text.parts import LONGEST_SAID, parts_said


def test_what_is_said_is_converted_and_cut():
    assert parts_said("**Hola**") == ["*Hola*"]
    assert [len(part) for part in parts_said("x" * 2000)] == [1600, 400]


def test_an_agent_that_repeats_itself_for_ever_comes_to_an_end():
    parts = parts_said("otra vez " * 1_000_000)

    assert sum(map(len, parts)) <= LONGEST_SAID + 1
    assert parts[-1].endswith("…")
