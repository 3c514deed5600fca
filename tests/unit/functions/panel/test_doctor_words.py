"""What ``hilo doctor`` finds is said in both languages: every case that its sources name."""

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

import infra.doctor
from conversation.errors import Defect
from conversation.findings import Finding, Verdict
from functions.panel.texts import LANGUAGES, Texts
from infra.doctor.findings import failed, judged

SOURCES = sorted(
    path
    for path in Path(infra.doctor.__file__).parent.glob("*.py")
    if path.name != "findings.py"  # it passes on what the others name
)
SAYS = {"ok": Verdict.OK, "failed": Verdict.FAILED, "untold": Verdict.UNTOLD, "judged": None}
APART = {"holds", "good", "bad", "said"}
"""What is handed over beside the values of a sentence's gaps."""


class Named(NamedTuple):
    """A case, as the sources name it."""

    case: str
    verdict: Verdict
    values: frozenset[str]
    where: str


def written(node):
    """The texts that stand there in so many words, one of which it will be."""
    if isinstance(node, ast.IfExp):
        return written(node.body) + written(node.orelse)
    assert isinstance(node, ast.Constant), f"{ast.unparse(node)}: a case is written out"
    return [node.value]


def named_by(call, where):
    """The cases that one call may come to."""
    more = {keyword.arg: keyword.value for keyword in call.keywords}
    assert None not in more, f"{where}: values are written out, not unpacked"
    values = frozenset(more.keys() - APART)
    if call.func.id == "judged":
        outcomes = {Verdict.OK: more["good"], Verdict.FAILED: more["bad"]}
    else:
        outcomes = {SAYS[call.func.id]: call.args[1]}
    return [
        Named(case, verdict, values, where)
        for verdict, node in outcomes.items()
        for case in written(node)
    ]


def calls_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in SAYS:
            yield node, f"{path.name}:{node.lineno}"


CALLS = [found for path in SOURCES for found in calls_of(path)]
NAMED = [named for call, where in CALLS for named in named_by(call, where)]
NAMES = {
    call.args[0].value for call, _ in CALLS if isinstance(call.args[0], ast.Constant)
}  # those in a loop are named by their own checks as well


def keys_of(named):
    found = [f"found.{named.case}"]
    return found if named.verdict is Verdict.OK else [*found, f"remedy.{named.case}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("named", NAMED, ids=lambda named: f"{named.where}-{named.case}")
def test_every_case_of_a_check_is_said_with_what_mends_it(named, language):
    values = dict.fromkeys(named.values, "x")

    for key in keys_of(named):
        assert Texts().filled(language, key, values), f"{named.where}: texts.json lacks {key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_no_check_says_is_not_kept(language):
    said = {key for named in NAMED for key in keys_of(named)}
    kept = {key for key in Texts()._texts[language] if key.startswith(("found.", "remedy."))}

    assert kept == said


def test_a_case_comes_out_one_way_wherever_it_is_named():
    ways = {(named.case, named.verdict) for named in NAMED}

    assert len(ways) == len({case for case, _ in ways})


def test_no_check_finds_anything_in_words_of_its_own():
    assert [path.name for path in SOURCES if "Finding(" in path.read_text(encoding="utf-8")] == []


def test_every_check_has_a_name_for_people():
    assert len(NAMES) > 20
    assert [name for name in sorted(NAMES) if not Texts().knows(f"doctor.{name}")] == []


def test_a_finding_says_in_english_what_it_found_and_what_mends_it():
    found = judged(
        "agent_max_duration", holds=False, good="agent_lasts", bad="agent_ends_early",
        who="Sofía", theirs=300, ours="600",
    )  # fmt: skip

    assert found.detail == "Sofía ends after 300 s, MAX_SESSION_S is 600"
    assert found.remedy.startswith("Set MAX_SESSION_S=300,")
    assert (found.case, found.values["theirs"]) == ("agent_ends_early", "300")


def test_what_somebody_else_said_stands_behind_the_sentence_and_by_itself():
    found = failed("tables", "tables_unread", said="AccessDenied")

    assert found.detail == "the tables cannot be read: AccessDenied"
    assert found.said == "AccessDenied"


def test_a_case_without_words_is_a_defect():
    with pytest.raises(Defect, match=r"found\.never_heard_of"):
        failed("tables", "never_heard_of")


@pytest.mark.parametrize(
    "kept",
    [
        Finding("clock", Verdict.FAILED, "it is wrong", "Mend it."),
        Finding("clock", Verdict.FAILED, "it is wrong", "Mend it.", case="of_the_next_release"),
        Finding("clock", Verdict.FAILED, "it is wrong", "Mend it.", case="clock_behind"),
    ],
)
def test_what_another_release_found_has_no_sentence_here(kept):
    assert Texts().filled("es", f"found.{kept.case}", kept.values) is None
