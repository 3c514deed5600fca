"""Whether it is set up well."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.examined import ExaminedTable
from conversation.findings import Examined, Finding, Verdict
from infra.doctor.findings import failed, judged
from tests.integration.functions.panel.visits import PAYLOADS


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


@pytest.mark.parametrize(
    ("language", "found", "mended"),
    [
        ("es", "Sofía termina a los 300 s; MAX_SESSION_S es 600", "→ Ponga MAX_SESSION_S=300"),
        ("en", "Sofía ends after 300 s, MAX_SESSION_S is 600", "→ Set MAX_SESSION_S=300"),
    ],
)
def test_what_the_doctor_found_is_said_in_the_pages_language(
    panel, tables, language, found, mended
):
    keep(tables, judged(
        "agent_max_duration", holds=False, good="agent_lasts", bad="agent_ends_early",
        who="Sofía", theirs=300, ours=600,
    ))  # fmt: skip

    page = panel.enter().get(f"/panel/health?lang={language}")["body"]

    assert found in page
    assert mended in page
    assert english(page) == []


def test_only_what_others_said_of_it_stays_in_their_words(panel, tables):
    keep(tables, failed("tables", "tables_unread", said=PAYLOADS[0]))

    page = panel.enter().get("/panel/health?lang=es")["body"]

    assert "las tablas no se pueden leer" in page
    assert english(page) == [html.escape(PAYLOADS[0])]


@pytest.mark.parametrize("values", [{}, {"theirs": "300"}])
def test_what_the_doctor_of_another_release_found_is_shown_in_its_words(panel, tables, values):
    strange = Finding("clock", Verdict.FAILED, "it stood still", "Wind it up.", "stood", values)
    keep(tables, strange)

    page = panel.enter().get("/panel/health?lang=es")["body"]

    assert english(page) == ["it stood still", "→ Wind it up."]


@pytest.mark.parametrize(
    ("language", "account", "sender", "approval"),
    [
        ("es", "suspendida", "por verificar", "en revisión"),
        ("en", "suspended", "to be verified", "under review"),
    ],
)
def test_a_providers_word_is_said_in_the_pages_language_with_the_original(
    panel, tables, language, account, sender, approval
):
    keep(
        tables,
        failed("twilio_credentials", "account_inactive", account="suspended"),
        failed("twilio_sender", "sender_offline", sender="PENDING_VERIFICATION"),
        failed("opener_template", "template_unapproved", sid="HX1", approval="pending"),
        failed("elevenlabs_key", "key_refused", status=401, reason="brand_new"),
    )

    page = panel.enter().get(f"/panel/health?lang={language}")["body"]

    assert f"({account} <code>suspended</code>)" in page
    assert f"({sender} <code>PENDING_VERIFICATION</code>)" in page
    assert f"({approval} <code>pending</code>)" in page
    assert "401 (<code>brand_new</code>)" in page
    assert english(page) == []


def keep(tables, *found):
    ExaminedTable(tables).keep(Examined(datetime.now(UTC), found))


def english(page):
    """What a page says in English, as it tells those who have it read aloud."""
    return re.findall(r'<small[^>]* lang="en">(.*?)</small>', page)


def test_where_the_doctor_was_never_asked_the_health_page_says_how(panel):
    page = panel.enter().get("/panel/health?lang=en")["body"]

    assert "hilo doctor --stack NAME" in page
