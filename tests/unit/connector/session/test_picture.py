"""``docs/session.md`` is drawn from the table of the session, and from the verdicts' own."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from connector.session.closing import RETRY
from connector.session.transitions import TRANSITIONS, Alarm, Step
from connector.session.words import State

PAGE = (Path(__file__).parents[4] / "docs/session.md").read_text()


def name_of(key):
    """An alarm in small letters with a clock; an input or event by its type."""
    return f"⏱ {key.value}" if isinstance(key, Alarm) else key.__name__


def picture():
    """Every arrow that leads from one state to another, with all that may take it."""
    arrows = defaultdict(list)
    for (state, key), rule in TRANSITIONS.items():
        for then in rule.to - {state}:
            arrows[state, then].append(name_of(key))
    order = list(State)
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.DIALING}"
    for state, then in sorted(arrows, key=lambda a: (order.index(a[0]), order.index(a[1]))):
        yield f"    {state} --> {then}: {', '.join(sorted(arrows[state, then]))}"
    yield f"    {State.ENDED} --> [*]"


def table():
    """What is done about what, in which states, and where to. What is ignored is left out."""
    rows = defaultdict(list)
    for (state, key), rule in TRANSITIONS.items():
        if rule.step is not Step.IGNORE:
            rows[name_of(key), rule.step.value].append((state, rule.to))
    yield "| what happens | what is done | in which states, and where to |"
    yield "|---|---|---|"
    for (what, step), places in sorted(rows.items()):
        yield f"| {what} | {step} | {', '.join(map(place, places))} |"


def place(of):
    state, to = of
    others = [then.value for then in State if then in to]
    return state.value if others == [state.value] else f"{state.value} → {' or '.join(others)}"


def verdicts():
    yield "| how it ended | when another session may be opened |"
    yield "|---|---|"
    for kind, retry in RETRY.items():
        yield f"| {kind.value} | {retry.value} |"


def drawn(mark):
    found = re.search(rf"<!-- {mark} -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL)
    return found.group(1) if found else ""


@pytest.mark.parametrize(
    ("mark", "lines"),
    [
        ("states", ["```mermaid", *picture(), "```"]),
        ("rules", [*table()]),
        ("verdicts", [*verdicts()]),
    ],
)
def test_the_page_shows_the_table(mark, lines):
    assert drawn(mark) == "\n".join(lines)
