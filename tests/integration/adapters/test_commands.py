"""What operators ask of the connector, in the table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conversation.adapters.tables.commands import CommandTable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
KEY = "0" * 26


@pytest.fixture
def commands(tables):
    table = CommandTable(tables)
    table.ask(ANA, KEY, "close", "maria", NOW)
    return table


def test_a_command_is_there_until_it_is_done(commands):
    assert commands.open(ANA, KEY) == "close"

    commands.done(ANA, KEY, "done", NOW)

    assert commands.open(ANA, KEY) is None


def test_a_command_that_nobody_gave_is_none(commands):
    assert commands.open(ANA, "1" * 26) is None


def test_a_command_is_forgotten_after_a_day(commands, tables):
    assert tables.commands.get(ANA, KEY).expires_at == int(NOW.timestamp()) + 24 * 3600
