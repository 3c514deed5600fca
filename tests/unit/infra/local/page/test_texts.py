"""What people read on the page is there in both languages."""

import json
import re

import pytest

from conversation.eligibility import Why
from conversation.openers import Skip
from conversation.signals import Signal
from infra.local.page.calls import Phase
from infra.local.page.parts import Part
from infra.local.page.server import STATIC
from infra.local.page.switches import AGENT, TWILIO

TEXTS = json.loads((STATIC / "texts.json").read_text(encoding="utf-8"))
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.js")))
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
NAMED = set(re.findall(r'\bt\("([\w.]+)"', SCRIPTS)) | set(
    re.findall(r'data-t(?:-label|-placeholder)?="([\w.]+)"', PAGE)
)
MADE = {
    *(f"signal.{signal}" for signal in Signal),
    *(f"part.{part}" for part in Part),
    *(f"part.{part}.what" for part in Part),
    *(f"phase.{phase}" for phase in Phase),
    *(f"reason.{reason}" for reason in (*Why, *Skip)),
    *(f"fault.{name}" for name in (*AGENT, *TWILIO)),
    *(f"fault.{name}.what" for name in (*AGENT, *TWILIO)),
}


def test_both_languages_say_the_same_things():
    assert list(TEXTS["es"]) == list(TEXTS["en"])


def test_both_languages_leave_the_same_places_to_be_filled():
    def places(text):
        return sorted(re.findall(r"\{\w+\}", text))

    assert {k: places(v) for k, v in TEXTS["es"].items()} == {
        k: places(v) for k, v in TEXTS["en"].items()
    }


@pytest.mark.parametrize("key", sorted(NAMED | MADE))
def test_what_the_page_says_has_words(key):
    assert TEXTS["es"][key].strip()


def test_nothing_comes_from_elsewhere():
    shipped = [*STATIC.glob("*.js"), *STATIC.glob("*.css"), *STATIC.glob("*.html")]
    for path in shipped:
        addresses = re.findall(r"https?://[\w.]+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, path
