"""What dialogues want is all known to whoever carries it out."""

from __future__ import annotations

from typing import get_args

from connector.dialogue import words
from connector.performing import Performing


def test_there_is_a_deed_for_each_want():
    assert set(Performing.DEEDS) == set(get_args(words.Effect))
