"""What operators were told unasked, and the transcript of a call."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta

from ulid import ULID

from conversation.errors import Defect
from tests.integration.functions.panel.visits import OWNER, PAYLOADS


def test_operators_read_what_they_were_told(panel, tables):
    now = datetime.now(UTC)
    for n, subject in enumerate(("drops#", "configuration#auth")):
        tables.alerts(
            part="told", name=str(ULID.from_datetime(now + timedelta(seconds=n))), subject=subject,
            events=7, first_at=now, last_at=now, claimed_at=now, reason="auth", sent_to={"sns"},
        ).save()  # fmt: skip

    page = panel.enter().get("/panel/notices?lang=en")["body"]
    home = panel.get("/panel?lang=es")["body"]

    assert page.index("Something is set up wrongly (7 times)") < page.index("7 connections dropped")
    assert "ELEVENLABS_API_KEY" in page
    assert "Se cayeron 7 conexiones" in home


def test_a_notice_of_last_week_is_not_on_the_first_page(panel, tables):
    then = datetime.now(UTC) - timedelta(days=7)
    tables.alerts(
        part="told", name=str(ULID.from_datetime(then)), subject="drops#", events=7,
        first_at=then, last_at=then, claimed_at=then,
    ).save()  # fmt: skip

    assert "connections dropped" not in panel.enter().get("/panel?lang=en")["body"]
    assert "connections dropped" in panel.get("/panel/notices?lang=en")["body"]


def test_a_defect_of_the_panel_is_told_to_operators(panel, tables, monkeypatch):
    from conversation.adapters.tables.alerts import AlertTable

    def broken(*_, **__):
        raise Defect("what its code rules out", reason="impossible")

    monkeypatch.setattr(AlertTable, "told", broken)

    answer = panel.enter().get("/panel/notices")

    assert answer["statusCode"] == 500
    (group,) = tables.alerts.query("groups")
    assert (group.name, int(group.events), group.reason) == ("defects#", 1, "impossible")


def test_a_transcript_that_cannot_be_had_says_why(panel, a_conversation):
    a_conversation(call_id="conv_1")

    part = panel.enter().get(f"/panel/people/{OWNER}/transcript", hx_request="true")["body"]
    told = json.loads(panel.get(f"/panel/api/people/{OWNER}/transcript")["body"])

    assert "<html" not in part
    assert (told["turns"], bool(told["problem"])) == ([], True)


def test_a_transcript_is_shown_as_text(panel, a_conversation, monkeypatch):
    from conversation.adapters.elevenlabs.client import ElevenLabs

    said = [("agent", "Hola"), ("user", PAYLOADS[0])]
    monkeypatch.setattr(ElevenLabs, "transcript", lambda _self, _call_id: said)
    a_conversation(call_id="conv_1")

    page = panel.enter().get(f"/panel/people/{OWNER}/transcript")["body"]

    assert html.escape(PAYLOADS[0]) in page
    assert PAYLOADS[0] not in page
