"""When what bears a ULID was made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from conversation.adapters.identity import new_ulid
from conversation.identifiers import made_at


@given(st.binary(min_size=16, max_size=16))
def test_the_time_is_the_one_that_the_library_reads(raw):
    ulid = ULID(raw)

    try:
        expected = ulid.datetime
    except (OverflowError, ValueError):
        return
    assert made_at(f"{ulid}~001") == expected


def test_what_was_made_now_was_made_now():
    age = datetime.now(UTC) - made_at(new_ulid())

    assert abs(age.total_seconds()) < 5


@pytest.mark.parametrize(
    "key", ["", "01M8FRYQ05", "8" + "Z" * 25, "01m8fryq05t9e7xb3qnepyatb0", "I" * 26]
)
def test_what_is_no_ulid_is_said_to_be_none(key):
    with pytest.raises(ValueError, match="no ULID"):
        made_at(key)
