"""Documentation that can lie is tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conversation.faults import HANDLINGS, Remedy
from conversation.messages import INBOUND_TRANSITIONS, OUTBOUND_TRANSITIONS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(
    ("mark", "table"), [("inbound", INBOUND_TRANSITIONS), ("outbound", OUTBOUND_TRANSITIONS)]
)
def test_the_pictures_of_states_are_the_tables(mark, table):
    page = (ROOT / "docs/architecture.md").read_text()
    picture = page.split(f"<!-- {mark} -->")[1].split("```")[1]
    drawn = set(re.findall(r"(\w+) --> (\w+)", picture.replace("[*]", "")))

    assert drawn == {(str(now), str(then)) for now in table for then in table[now]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = set(re.findall(r"`?make ([a-z][a-z-]+)(?=[`\s])", page.read_text()))
    named = {name for name in named if f"`make {name}" in page.read_text()}
    assert named <= targets, f"{page.name} names {named - targets}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_in_backticks_exists(page):
    top = r"(?:conversation|functions|connector|infra|tests|docs)/"
    for path in re.findall(rf"`({top}[\w./-]+)`", page.read_text()):
        assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_what_twilios_errors_lead_to_is_the_table_of_the_code():
    page = (ROOT / "docs/operations.md").read_text().split("<!-- remedies -->")[1]
    rows = {
        (remedy.value, each.at_once, each.later, each.person, each.operator)
        for remedy, each in HANDLINGS.items()
    }

    told = [re.split(r" *\| *", line.strip("| ")) for line in page.splitlines() if line[:1] == "|"]
    assert {tuple(row) for row in told[2:]} == rows
    assert set(HANDLINGS) == set(Remedy)
