"""The panel's pages: drawn in both languages, from our own files, and only when changed."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from functions.panel.texts import LANGUAGES
from tests.integration.functions.panel.visits import OWNER, PAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", [*PAGES, f"/panel/people/{OWNER}", f"/panel/people/{OWNER}?view=timeline"]
)
def test_every_page_is_drawn_in_both_languages(panel, a_conversation, path, language):
    a_conversation()

    answer = panel.enter().get(path, accept_language=language)

    assert answer["statusCode"] == 200
    assert f'<html lang="{language}">' in answer["body"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_may_run_and_load_only_what_is_ours(panel, path):
    answer = panel.enter().get(path)

    policy = answer["headers"]["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|https?://", answer["body"])


def test_every_file_of_a_page_is_served_for_ever_under_a_name_of_its_content(panel):
    page = panel.enter().get("/panel")["body"]

    for name in set(re.findall(r"/panel/static/[\w.-]+", page)):
        answer = panel.get(name)
        assert answer["statusCode"] == 200, name
        assert "immutable" in answer["headers"]["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again(panel, a_conversation):
    a_conversation()
    page = panel.enter().get("/panel/conversations?tab=needs_attention")["body"]
    mark = re.search(r'data-version="(\w+)"', page)[1]

    same = panel.get(
        "/panel/conversations?tab=needs_attention", x_hilo_part="1", x_hilo_version=mark
    )
    a_conversation("+573138539156", "Luis", last_message_at=datetime.now(UTC))
    other = panel.get(
        "/panel/conversations?tab=needs_attention", x_hilo_part="1", x_hilo_version=mark
    )

    assert same["statusCode"] == 204
    assert other["statusCode"] == 200
    assert "Luis" in other["body"]


def test_the_language_is_switched_without_losing_what_the_list_shows(panel, a_conversation):
    a_conversation()
    page = panel.enter().get("/panel/conversations?tab=closed&q=ana%20r%C3%ADos&lang=es")["body"]
    link = html.unescape(re.search(r'href="(/panel/language\?lang=en[^"]*)"', page)[1])

    where = panel.get(link)["headers"]["Location"]

    assert where == "/panel/conversations?tab=closed&q=ana+r%C3%ADos"


@pytest.mark.parametrize(
    "path",
    ["/panel/nowhere", "/panel/people/NOBODY", "/panel/static/x.js", "/panel/conversations?tab=x"],
)
def test_what_does_not_exist_is_said_to_be_missing(panel, path):
    assert panel.enter().get(path)["statusCode"] == 404


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/panel/", "/panel"),
        ("/panel//", "/panel"),
        ("/panel/?lang=en", "/panel?lang=en"),
        ("/panel/conversations/?tab=closed&q=ana+r%C3%ADos",
         "/panel/conversations?tab=closed&q=ana+r%C3%ADos"),
    ],
)  # fmt: skip
def test_a_slash_at_the_end_leads_to_the_page_without_it(panel, path, where):
    answer = panel.get(path)

    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, where)


@pytest.mark.parametrize("path", ["//evil.test/", "/panel/\\evil.test/", "/panel/?a=<b>"])
def test_a_slash_at_the_end_leads_nowhere_else(panel, path):
    answer = panel.enter().get(path)

    assert "evil.test" not in answer["headers"].get("Location", "")
    assert "<b>" not in answer["headers"].get("Location", "")


def test_a_form_that_is_sent_to_a_page_with_a_slash_is_not_led_on(panel):
    assert panel.enter().post("/panel/sign-out/", {})["statusCode"] == 404


def test_the_numbers_of_the_day_are_counted(panel, a_conversation):
    a_conversation()

    page = panel.enter().get("/panel/day")["body"]

    tiles = dict(re.findall(r'data-tile="(\w+)".*?<strong>(.*?)</strong>', page))
    assert tiles == {"sent": "1", "failed": "1", "median": "1,2 s", "p95": "1,2 s"}
