"""A setting that is on or off."""

from __future__ import annotations

import pytest

from conversation.parsing import switch


@pytest.mark.parametrize(
    ("raw", "value"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("False", False)]
)
def test_a_switch_is_on_or_off(raw, value):
    assert switch(raw) is value


def test_anything_else_is_refused_with_what_would_be_right():
    with pytest.raises(ValueError, match="yes or no"):
        switch("maybe")
