"""The templates in docs/templates: what Twilio and Meta would refuse at once, and our own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conversation.words import DEFAULTS, OPENER, Language

FOLDER = Path(__file__).parents[3] / "docs/templates"
FILES = sorted(FOLDER.glob("*_e?.json"))


def body_of(document):
    return document["types"]["twilio/text"]["body"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_template_would_pass_the_first_look(file):
    document = json.loads(file.read_text())
    body = body_of(document)

    slots = re.findall(r"\{\{(\d+)\}\}", body)
    assert slots == [str(n) for n in range(1, len(slots) + 1)]
    assert set(document["variables"]) == set(slots)
    assert all(document["variables"].values())
    assert not re.match(r"\{\{", body)
    assert not re.search(r"\}\}\s*$|\}\}\s*\{\{", body)
    assert len(body) <= 1024
    assert re.fullmatch(r"[a-z0-9_]+", document["friendly_name"])
    assert file.stem.endswith(document["language"])


@pytest.mark.parametrize("language", Language)
def test_the_default_template_says_what_our_default_opener_says(language):
    document = json.loads((FOLDER / f"opener_{language}.json").read_text())

    ours = DEFAULTS[language][OPENER].replace("{nombre}", "{{1}}").replace("{empresa}", "{{2}}")
    assert body_of(document) == ours


def test_both_templates_are_there_in_both_languages():
    assert [file.stem for file in FILES] == [
        "follow_up_en",
        "follow_up_es",
        "opener_en",
        "opener_es",
    ]


def test_approval_is_asked_for_as_utility():
    assert json.loads((FOLDER / "approval.json").read_text())["category"] == "UTILITY"
