"""The 24 hours in which free text may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation import window

WROTE = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "open_"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=54), True),
        (timedelta(hours=23, minutes=55), False),
        (timedelta(hours=24), False),
    ],
)
def test_the_window_closes_five_minutes_before_metas(later, open_):
    assert window.is_open(WROTE, WROTE + later) is open_


def test_the_window_of_a_person_who_never_wrote_is_closed():
    assert not window.is_open(None, WROTE)
