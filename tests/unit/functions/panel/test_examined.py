"""What ``hilo doctor`` found, as the health page shows it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import infra.doctor
from conversation.findings import Examined, Finding, Verdict
from functions.panel.examined import examined
from functions.panel.texts import Texts

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


def test_every_check_of_the_doctor_has_a_name_for_people():
    sources = Path(infra.doctor.__file__).parent.glob("*.py")
    calls = re.compile(r"\b(?:ok|failed|judged|untold|_unset|_undeployed)\(\s*\"([a-z_]+)\"")
    names = {name for source in sources for name in calls.findall(source.read_text())}

    assert len(names) > 20
    assert [name for name in sorted(names) if not Texts().knows(f"doctor.{name}")] == []
