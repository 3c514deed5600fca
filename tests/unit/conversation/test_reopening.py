"""What may still be sent to a person whose window is closed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conversation.reopening import template_to_reopen
from conversation.settings import read
from conversation.state import ConversationState
from conversation.variables import StartSettings
from conversation.words import Language, Words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SID = "HX" + "1" * 32
WORDS = Words("Hilo", Language.ES, {})


def a_state(**more):
    fields = {"phone_number": "+573138539155", "client_name": "Ana", **more}
    return ConversationState(contact_id="C", **fields)


def template(state, **environment):
    settings = read(StartSettings, {"OPENER_CONTENT_SID": SID, **environment})
    return template_to_reopen(state, settings=settings, words=WORDS, now=NOW)


def test_the_openers_template_is_filled_in_for_the_person():
    made = template(a_state())

    assert made is not None
    assert made.content_sid == SID
    assert json.loads(made.content_variables) == {"1": "Ana", "2": "Hilo"}
    assert made.text.startswith("Hola Ana, soy el asistente de Hilo.")


def test_a_cool_down_does_not_hold_back_what_is_owed():
    assert template(a_state(opener_at=NOW)) is not None


@pytest.mark.parametrize(
    ("state", "environment"),
    [
        (a_state(), {"OPENER_CONTENT_SID": ""}),
        (a_state(), {"OPENERS": "dry-run"}),
        (a_state(), {"ALLOWED_NUMBERS": "+573138539156"}),
        (a_state(opted_out=True), {}),
        (a_state(phone_number=None), {}),
    ],
    ids=["none configured", "dry run", "not allowed", "opted out", "no address"],
)
def test_what_holds_an_opener_back_holds_this_back(state, environment):
    assert template(state, **environment) is None
