"""Whether it is set up well."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta

from conversation.adapters.tables.examined import ExaminedTable
from conversation.findings import Examined, Finding, Verdict
from tests.integration.functions.panel.visits import (
    PAYLOADS,
)


def test_the_health_page_shows_what_the_doctor_found_last(panel, tables):
    runs, now = ExaminedTable(tables), datetime.now(UTC)
    sick = Finding("pepper", Verdict.FAILED, "it has 3 characters", PAYLOADS[0])
    runs.keep(Examined(now - timedelta(days=9), (sick,)))
    before = panel.enter().get("/panel/health?lang=es")["body"]
    runs.keep(Examined(now, (Finding("clock", Verdict.OK, "right to the second"), sick)))

    page = panel.get("/panel/health?lang=es")["body"]
    told = json.loads(panel.get("/panel/api/health")["body"])["doctor"]

    assert "más de una semana" in before
    assert "más de una semana" not in page
    assert "La pimienta" in page
    assert html.escape(PAYLOADS[0]) in page
    assert page.index("it has 3 characters") < page.index("right to the second")
    assert [each["name"] for each in told["findings"]] == ["pepper", "clock"]
    assert (told["failed"], told["well"]) == (1, 1)


def test_where_the_doctor_was_never_asked_the_health_page_says_how(panel):
    page = panel.enter().get("/panel/health?lang=en")["body"]

    assert "hilo doctor --stack NAME" in page
