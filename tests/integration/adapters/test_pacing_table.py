"""What the day's openers are counted in, on moto's DynamoDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.pacing import PacingTable
from conversation.errors import Transient

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def table(tables, pace, chance):
    return PacingTable(tables, pace=pace, chance=chance)


def test_it_counts_over_processes_up_to_the_limit(table, tables, pace, chance):
    other = PacingTable(tables, pace=pace, chance=chance)

    assert [t.reserve(20, 50, NOW) for t in (table, other, table, other)] == [20, 20, 10, 0]


def test_a_day_later_it_counts_anew(table):
    table.reserve(20, 20, NOW)

    assert table.reserve(20, 20, NOW + timedelta(hours=23)) == 0
    assert table.reserve(20, 20, NOW + timedelta(hours=25)) == 20


def test_another_who_reserves_in_between_is_counted(table, tables, pace, chance, monkeypatch):
    other, read = PacingTable(tables, pace=pace, chance=chance), table._read
    seen = []

    def read_and_be_overtaken():
        known = read()
        if not seen:
            seen.append(other.reserve(20, 30, NOW))
        return known

    monkeypatch.setattr(table, "_read", read_and_be_overtaken)

    assert table.reserve(20, 30, NOW) == 10
    assert seen == [20]


def test_who_is_always_overtaken_gives_up_for_now(table, tables, pace, chance, monkeypatch):
    other, read = PacingTable(tables, pace=pace, chance=chance), table._read

    def read_and_be_overtaken():
        known = read()
        other.reserve(1, 1000, NOW)
        return known

    monkeypatch.setattr(table, "_read", read_and_be_overtaken)

    with pytest.raises(Transient):
        table.reserve(1, 1000, NOW)
