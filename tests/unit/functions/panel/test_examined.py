"""What ``hilo doctor`` found, as the health page shows it."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.findings import Examined, Finding, Verdict
from functions.panel.examined import examined

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
RUN = (
    Finding("settings", Verdict.OK, "all that is needed is set"),
    Finding("clock", Verdict.UNTOLD, "nobody told the time", "Look at a watch."),
    Finding("pepper", Verdict.FAILED, "it has 3 characters", "Make one."),
    Finding("queues", Verdict.OK, "there"),
)


def shown(ago):
    return examined(Examined(NOW - ago, RUN), NOW, "hilo doctor")


def test_what_fails_comes_first_and_each_kind_is_counted():
    found = shown(timedelta(hours=1))

    assert [each.name for each in found.findings] == ["pepper", "clock", "settings", "queues"]
    assert (found.failed, found.untold, found.well) == (1, 1, 2)


@pytest.mark.parametrize(("days", "old"), [(6, False), (8, True)])
def test_what_was_found_more_than_a_week_ago_is_old(days, old):
    assert shown(timedelta(days=days)).old is old


def test_where_it_never_ran_there_is_only_the_command():
    found = examined(None, NOW, "hilo doctor")

    assert (found.at, found.old, found.findings, found.command) == (None, False, (), "hilo doctor")
