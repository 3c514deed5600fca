"""JSON from strangers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.documents import read_json

JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.text(), inner
    )
)  # fmt: skip


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_a_fault_of_the_value(body):
    with pytest.raises(ValueError, match=r".+"):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a":"x \ud83d"}', {"a": "x �"}),
        (rb'{"\ude00":["\ud83d\ude00"]}', {"�": ["😀"]}),
        (rb'["\ud83d","\ude00"]', ["�", "�"]),
        (b'["\xed\xa0\xbd"]', ["�"]),
        (rb'["\\ud83d"]', [r"\ud83d"]),
    ],
)
def test_a_half_of_a_character_is_replaced_wherever_it_is(body, value):
    assert read_json(body) == value


@given(JSON)
def test_everything_else_is_read_as_it_is(value):
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value
