"""Both READMEs are true, and are twins."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from infra.cli.__main__ import application

ROOT = Path(__file__).parents[2]
TEXTS = {name: (ROOT / name).read_text() for name in ("README.md", "README.es.md")}
MAKEFILE = (ROOT / "Makefile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SETTINGS = set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE))
HILO = typer.main.get_command(application())

MAKE_HILO = dict(
    re.findall(r"^([a-z-]+):.*\n\t@\$\(HILO\) (\w+) \$\(ARGS\)", MAKEFILE, re.MULTILINE)
)
"""The make targets that are a command of ``hilo``."""


def blocks(text):
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language == "sh"]


def commands(text):
    """Each command as words, without comments."""
    lines = (line for block in blocks(text) for line in block.splitlines())
    split = (shlex.split(line, comments=True) for line in lines)
    return [words for words in split if words and not re.match(r"[A-Z_0-9]+=", words[0])]


def settings_shown(text):
    return [
        line.strip()
        for block in blocks(text)
        for line in block.splitlines()
        if re.match(r" *[A-Z_0-9]+=", line)
    ]


def headings(text):
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^(#+) ", outside, re.MULTILINE)


def hilo_words(words):
    """What of a command goes to ``hilo``, if anything: subcommand, then options and arguments."""
    if words[0].endswith("/hilo") or words[0] == "hilo":
        return words[1:]
    if words[0] == "make" and words[1] in MAKE_HILO:
        given = [word.removeprefix("ARGS=") for word in words[2:]]
        return [MAKE_HILO[words[1]], *(part for word in given for part in shlex.split(word))]
    return None


@pytest.fixture(params=TEXTS)
def text(request):
    return TEXTS[request.param]


def test_every_command_begins_with_what_a_clone_has_or_with_sam(text):
    assert {words[0] for words in commands(text)} == {"make", ".venv/bin/hilo", "sam"}
    assert (ROOT / "template.yaml").is_file()


def test_every_make_target_in_a_block_exists(text):
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))

    assert {words[1] for words in commands(text) if words[0] == "make"} <= targets


def test_make_puts_the_hilo_command_where_the_readme_says(text):
    assert ".venv/bin/hilo" in text
    assert "> $(VENV)/bin/hilo" in MAKEFILE


def test_every_hilo_command_and_option_in_a_block_is_taken(text):
    """Parsed by the command's own parser, but not run."""
    for words in commands(text):
        given = hilo_words(words)
        if given and given != ["--help"]:
            HILO.commands[given[0]].make_context(given[0], given[1:])


def test_every_function_that_is_invoked_has_its_event(text):
    invoked = [words[2] for words in commands(text) if words[1] == "invoke"]

    assert invoked
    assert all((ROOT / f"tests/events/{function}.json").is_file() for function in invoked)


def test_every_option_in_the_table_of_the_main_test_exists(text):
    options = {name for each in HILO.commands["flow"].params for name in each.opts}

    named = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))

    assert named
    assert named <= options
    assert options - named <= {"--data", "--env", "--help"}


def test_every_setting_that_is_named_exists(text):
    named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`", text))

    assert named - {"DATABASE_URL"} <= SETTINGS


def test_every_setting_in_a_block_exists(text):
    assert {line.partition("=")[0] for line in settings_shown(text)} <= SETTINGS


def test_the_twins_have_the_same_headings_in_the_same_order():
    english, spanish = (headings(text) for text in TEXTS.values())

    assert english == spanish


def test_the_twins_have_the_same_commands():
    english, spanish = (commands(text) for text in TEXTS.values())

    assert english == spanish


def test_the_twins_show_the_same_settings():
    english, spanish = (settings_shown(text) for text in TEXTS.values())

    assert english == spanish


def test_the_twins_have_tables_of_the_same_size():
    english, spanish = (
        [len(table.splitlines()) for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
        for text in TEXTS.values()
    )

    assert english == spanish


def test_the_twins_point_at_each_other():
    assert "(README.es.md)" in TEXTS["README.md"]
    assert "(README.md)" in TEXTS["README.es.md"]
