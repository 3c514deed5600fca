"""``docs/settings.md`` and ``.env.example`` say what the code says, and nothing else."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from dotenv import dotenv_values

from connector.settings import ConnectorSettings
from connector.settings import load as load_connector
from conversation import variables
from conversation.adapters import values
from conversation.settings import Variable, read, variables_of
from conversation.words import DEFAULTS
from functions.batch_monitor.settings import MonitorSettings
from functions.delivery_status.settings import StatusSettings
from functions.operator_alerts.settings import AlertSettings
from functions.panel.settings import (  # noqa: TC001 - variables_of() reads the annotations
    AgentAccess,
    PanelProcessSettings,
)
from functions.post_call_webhook.settings import PostCallSettings
from functions.reply_sender.settings import SenderSettings
from functions.sweeper.settings import SweeperSettings
from functions.twilio_webhook.settings import WebhookSettings
from infra.local.flow.plan import PHONE_NUMBER_ID
from infra.local.settings import EverySetting, StackSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/settings.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


@dataclass(frozen=True)
class Panel:
    """What it must be told, and what it may be."""

    must: PanelProcessSettings
    may: AgentAccess


PROCESSES = {
    "twilio_webhook": WebhookSettings,
    "delivery_status": StatusSettings,
    "post_call_webhook": PostCallSettings,
    "batch_monitor": MonitorSettings,
    "reply_sender": SenderSettings,
    "sweeper": SweeperSettings,
    "operator_alerts": AlertSettings,
    "panel": Panel,
    "connector": ConnectorSettings,
}
"""Each process that is deployed, and what it reads."""

READERS = PROCESSES | {"make up": StackSettings}

BEFORE_ALL = {value for name, value in vars(values).items() if name.endswith("_VARIABLE")}
"""What every deployed process reads to find the rest of its settings."""

READ_BY_HAND = {
    name: Variable(name, "", "", str) for name in (*sorted(BEFORE_ALL), PHONE_NUMBER_ID)
}
"""Read without a settings class: before there are settings, and from the command's own plan."""

DECLARED = READ_BY_HAND | {
    variable.name: variable for each in READERS.values() for variable in variables_of(each)
}


@dataclass(frozen=True)
class Section:
    """What the page says of one setting."""

    meaning: str
    facts: dict[str, str]

    def fact(self, name):
        return self.facts[name].removesuffix("🔒").strip()


def sections():
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        body = re.split(r"^## ", body, flags=re.MULTILINE)[0]
        facts = dict(re.findall(r"^- \*\*(.+?):\*\* (.+)$", body, re.MULTILINE))
        yield name, Section(body.strip().partition("\n")[0], facts)


SECTIONS = dict(sections())


def readers_of(name):
    if name in BEFORE_ALL:
        return set(PROCESSES)
    if name == PHONE_NUMBER_ID:
        return {"make flow"}
    return {
        reader
        for reader, settings in READERS.items()
        if name in {variable.name for variable in variables_of(settings)}
    }


def wanted(variable):
    """What its parser says that it expects; nothing where it takes any text."""
    try:
        variable.parse("-999999999")
    except ValueError as refusal:
        return str(refusal).removeprefix("expected ")
    return ""


def test_every_setting_has_a_heading_and_every_heading_a_setting():
    assert set(SECTIONS) == set(DECLARED)


def test_no_setting_has_two_headings():
    assert len(SECTIONS) == len(list(sections()))


def test_every_group_of_settings_has_a_reader():
    groups = {
        variable.name
        for group in variables.groups()
        if isinstance(group, type) and group.__module__ == variables.__name__
        if group.__name__.endswith("Settings")
        for variable in variables_of(group)
    }

    assert groups <= set(DECLARED)


def test_make_up_checks_every_setting_as_the_page_says():
    checked = {variable.name for variable in variables_of(EverySetting)}

    assert set(DECLARED) - checked == set(READ_BY_HAND)


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_says_the_settings_default(name):
    default = DECLARED[name].default

    said = SECTIONS[name].fact("Default")

    assert said == {None: "required", "": "empty"}.get(default, f"`{default}`")


@pytest.mark.parametrize("name", sorted(set(DECLARED) - set(READ_BY_HAND)))
def test_the_page_begins_with_the_meaning_that_the_code_gives(name):
    meaning = DECLARED[name].meaning

    assert SECTIONS[name].meaning.lower().startswith(meaning.lower())


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_names_the_processes_that_read_it(name):
    said = SECTIONS[name].fact("Read by")

    named = set(PROCESSES) if said == "every process" else set(re.findall(r"`([^`]+)`", said))
    assert named == readers_of(name)


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_marks_secrets(name):
    assert SECTIONS[name].facts["Read by"].endswith("🔒") is DECLARED[name].secret


@pytest.mark.parametrize("name", DECLARED)
def test_the_pages_example_is_one_that_the_code_takes(name):
    line = SECTIONS[name].fact("Example").strip("`")

    (written,) = dotenv_values(stream=io.StringIO(line)).items()

    assert written[0] == name
    assert written[1]
    DECLARED[name].parse(written[1])


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_says_what_the_code_would_rather_have(name):
    """A parser that refuses nonsense says what is right: the page says the same."""
    assert wanted(DECLARED[name]) in SECTIONS[name].fact("Takes")


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_has_a_remedy(name):
    assert len(SECTIONS[name].fact("If it is wrong")) > len("See it.")


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_lists_the_setting_in_its_contents(name):
    contents = PAGE.split("\n## ")[0]

    assert f"`{name}`" in contents


def test_every_place_on_the_page_that_it_points_to_exists():
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    places = {heading.lower().replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= places


def test_the_page_has_every_sentence_in_both_languages():
    rows = re.findall(r"^\| `([\w]+\.\w\w)` \| .+? \| (.+) \|$", PAGE, re.MULTILINE)

    assert dict(rows) == {
        f"{sentence}.{language}": text
        for language, sentences in DEFAULTS.items()
        for sentence, text in sentences.items()
    }


# .env.example

LINES = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))
UNCOMMENTED = {
    name: value
    for name, value in dotenv_values(
        stream=io.StringIO(re.sub(r"^#(?=[A-Z][A-Z0-9_]*=)", "", EXAMPLE, flags=re.MULTILINE))
    ).items()
    if value
}


def test_the_example_sets_nothing_as_it_is():
    assert dotenv_values(stream=io.StringIO(EXAMPLE)) == {}


def test_the_example_has_every_setting_once():
    names = re.findall(r"^#([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE)

    assert sorted(names) == sorted(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_the_example_shows_the_default(name):
    default = DECLARED[name].default

    assert UNCOMMENTED.get(name, "") == default if default is not None else UNCOMMENTED[name]


@pytest.mark.parametrize("process", READERS)
def test_the_example_uncommented_gives_valid_settings(process):
    assert read(READERS[process], UNCOMMENTED)


def test_the_connector_takes_the_example_uncommented():
    assert load_connector(UNCOMMENTED)


@pytest.mark.parametrize("name", DECLARED)
def test_the_example_marks_what_is_required_and_what_is_secret(name):
    comment = EXAMPLE.split(f"\n#{name}=")[0].rpartition("\n\n")[2]
    marks = re.search(r"\((required)?,?\s*(?:# )?(secret)?\)$", comment)

    required, secret = marks.groups() if marks else (None, None)
    assert bool(required) is (DECLARED[name].default is None)
    assert bool(secret) is DECLARED[name].secret
