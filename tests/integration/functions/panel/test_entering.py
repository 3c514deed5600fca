"""Who may come in to the panel, and by what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.panel.roles import Role
from functions.panel.sessions import ticket
from tests.integration.functions.panel.visits import LINK_KEY, OWNER, PAGES, audited


@pytest.mark.parametrize("path", [*PAGES, f"/panel/people/{OWNER}", "/panel/api/home"])
def test_without_a_session_nothing_is_shown(panel, a_conversation, path):
    a_conversation()

    answer = panel.get(path)

    assert answer["statusCode"] == 401
    assert "Ana" not in answer["body"]


def test_a_link_works_once(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC))

    first, second = (panel.get(f"/panel/enter?ticket={link}") for _ in range(2))

    assert first["statusCode"] == 303
    assert second["statusCode"] == 401


def test_a_link_is_too_old_after_ten_minutes(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC) - timedelta(minutes=11))

    assert panel.get(f"/panel/enter?ticket={link}")["statusCode"] == 401


def test_a_link_signed_with_another_key_is_none(panel):
    link = ticket("another key of links", "ana", Role.ADMIN, datetime.now(UTC))

    assert panel.get(f"/panel/enter?ticket={link}")["statusCode"] == 401


def test_a_session_cannot_be_used_as_a_link_nor_a_link_as_a_session(panel):
    panel.enter()
    session = panel.cookies["hilo_session"]

    assert panel.get(f"/panel/enter?ticket={session}")["statusCode"] == 401
    panel.cookies["hilo_session"] = ticket(LINK_KEY, "ana", Role.ADMIN, datetime.now(UTC))
    assert panel.get("/panel")["statusCode"] == 401


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC))

    (cookie,) = panel.get(f"/panel/enter?ticket={link}")["cookies"]

    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/panel"} <= set(cookie.split("; "))


def test_cookies_may_also_come_in_their_header(panel):
    panel.enter()
    kept, panel.cookies = panel.cookies, {}

    answer = panel.get("/panel", cookie="; ".join(f"{name}={kept[name]}" for name in kept))

    assert answer["statusCode"] == 200


def test_coming_in_is_recorded(panel, tables):
    panel.enter(Role.OPERATOR, "ana@example.com")

    assert audited(tables) == [("ana@example.com", "sign_in", "operator")]


def test_while_settings_are_missing_the_panel_says_which(aws, monkeypatch):
    from functions.panel.handler import handler
    from functions.panel.wiring import application

    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)
    monkeypatch.delenv("HILO_PEPPER", raising=False)
    application.cache_clear()

    answer = handler({"version": "2.0"}, None)

    assert answer["statusCode"] == 503
    assert "HILO_PEPPER is missing" in json.loads(answer["body"])["message"]
