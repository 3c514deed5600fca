"""Numbers, forms and roles: what nobody sees or does who may not."""

from __future__ import annotations

import json

import pytest

from functions.panel.roles import Role
from tests.integration.functions.panel.visits import ACTIONS, NUMBER, OWNER, PAGES, audited


@pytest.mark.parametrize("role", Role)
def test_no_page_shows_a_whole_number(panel, a_conversation, role):
    a_conversation()
    panel.enter(role)

    for path in (
        *PAGES,
        "/panel/conversations?tab=needs_attention",
        f"/panel/people/{OWNER}",
        f"/panel/people/{OWNER}?view=json",
        f"/panel/api/people/{OWNER}",
    ):
        assert "3138539155" not in panel.get(path)["body"], path


def test_revealing_a_number_is_recorded(panel, tables, a_conversation):
    a_conversation()

    answer = panel.enter(Role.OPERATOR).act("reveal")

    assert NUMBER in answer["body"]
    assert audited(tables)[-1] == ("ana@example.com", "reveal", "done")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("csrf", ["", "x" * 32])
def test_a_form_of_another_site_does_nothing(panel, tables, a_conversation, action, csrf):
    a_conversation()
    panel.enter()
    before = audited(tables)

    answer = panel.post(f"/panel/people/{OWNER}/{action}", {"csrf": csrf})

    assert answer["statusCode"] == 403
    assert audited(tables) == before
    assert tables.state.get(OWNER).status == "needs_attention"


def test_a_form_that_the_browser_says_is_of_another_site_does_nothing(panel, a_conversation):
    a_conversation()
    form = {"csrf": panel.enter().csrf()}

    answer = panel.post(f"/panel/people/{OWNER}/close", form, sec_fetch_site="cross-site")

    assert answer["statusCode"] == 403


def test_what_is_no_text_is_no_form_of_ours(panel, a_conversation):
    a_conversation()
    panel.enter()

    assert panel.post_bytes(f"/panel/people/{OWNER}/close", b"\xff\xfe")["statusCode"] == 403


def test_the_token_of_another_session_is_worth_nothing(panel, a_conversation):
    a_conversation()
    form = {"csrf": panel.enter().csrf()}
    panel.enter()

    assert panel.post(f"/panel/people/{OWNER}/close", form)["statusCode"] == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_may_do_nothing(panel, tables, a_conversation, action):
    a_conversation()

    answer = panel.enter(Role.VIEWER).act(action)

    assert answer["statusCode"] == 403
    assert tables.state.get(OWNER).status == "needs_attention"
    assert f'data-act="{action}"' not in panel.get(f"/panel/people/{OWNER}")["body"]


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.VIEWER, False), (Role.OPERATOR, False), (Role.ADMIN, True)]
)
def test_only_an_administrator_sees_who_did_what(panel, role, sees):
    page = panel.enter(role, "someone@example.com").get("/panel/api/health")["body"]

    assert (json.loads(page)["audited"] is not None) is sees
