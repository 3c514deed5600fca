"""What people write, and what a link says, stays text and leads nowhere else."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from tests.integration.functions.panel.visits import PAYLOADS


def test_a_link_puts_no_words_of_its_own_on_a_persons_page(panel, a_conversation):
    owner = a_conversation()
    panel.enter()

    ours = panel.get(f"/panel/people/{owner}?did=close&outcome=done&lang=en")["body"]
    forged = panel.get(f"/panel/people/{owner}?did=Call_us&outcome=at_once&lang=en")["body"]

    assert "data-told" in ours
    assert "data-told" not in forged
    assert "Call us" not in forged


def test_what_people_write_never_becomes_markup(panel, tables, a_conversation):
    panel.enter()

    for n, payload in enumerate(PAYLOADS):
        call = {"call_id": "c", "call_ended_at": datetime.now(UTC), "call_summary": payload}
        call |= {"status": "active", "dynamic_variables": {payload: payload}}
        contact_id = a_conversation(f"+5731385390{n:02}", payload, payload, **call)
        pages = [f"/panel/people/{contact_id}?view={view}" for view in ("chat", "timeline", "json")]
        for path in ("/panel/conversations?tab=active", *pages):
            page = panel.get(path)["body"]
            assert is_text(payload, page), (payload, path)
            assert path.endswith("json") or payload in html.unescape(page), (payload, path)
        tables.state(contact_id).delete()


def is_text(payload, page):
    """Whether ``payload`` stands in the page as text alone: none of it is part of a tag."""
    harmless = not set(payload) & set("<>\"'&")
    tags = "".join(re.findall(r"<[^>]*>", page))
    return (harmless or payload not in page) and "alert(1)" not in tags and "evil.test" not in tags


def test_what_is_searched_for_never_becomes_markup(panel):
    panel.enter()
    for payload in PAYLOADS:
        page = panel.get(f"/panel/conversations?{urlencode({'q': payload, 'batch': payload})}")[
            "body"
        ]
        assert payload not in page or not set(payload) & set("<>\"'&"), payload


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/panel\\@evil.test",
        "/panel.evil.test",
        "/panel/\r\nSet-Cookie: a=b",
        "/panel/ñ",
        "/panel/<b>",
    ],
)
def test_the_language_switch_leads_nowhere_else(panel, back):
    answer = panel.get(f"/panel/language?{urlencode({'lang': 'en', 'back': back})}")

    assert answer["headers"]["Location"] == "/panel"
