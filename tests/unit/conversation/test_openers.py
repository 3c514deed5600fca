from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conversation.errors import MisconfiguredError
from conversation.openers import SKIPS, Occasion, Skip, client_name, opener_for, template_for
from conversation.state import ConversationState
from tests.calls import NOW, SID, a_call, some_words, start_settings


def an_occasion(call=None, settings=None, **before):
    state = ConversationState(contact_id="C", **before)
    return Occasion(call or a_call(), state, start_settings(**(settings or {})), NOW)


def an_opener(occasion, name="Ana", words=None):
    return opener_for(occasion, name=name, words=words or some_words())


def test_a_template_carries_its_variables_and_shows_what_the_person_reads():
    opener = an_opener(an_occasion())

    assert opener.content_sid == SID
    assert json.loads(opener.content_variables) == {"1": "Ana", "2": "Acme"}
    assert opener.content.startswith("Hola Ana, soy el asistente de Acme.")
    assert opener.skip is None


def test_an_unknown_name_or_business_never_makes_an_empty_variable():
    opener = an_opener(an_occasion(), name=None, words=some_words(business=""))

    assert json.loads(opener.content_variables) == {"1": "de nuevo", "2": "nuestro equipo"}
    assert opener.content.startswith("Hola de nuevo, soy el asistente de nuestro equipo.")


def test_variables_of_the_call_are_filled_in_and_have_fallbacks():
    variables = {
        "1": "{name}",
        "2": "pedido {{pedido}}",
        "3": "{{ deuda | su saldo }}",
        "4": "{{nada}}",
        "5": "{{largo}}",
    }
    call = a_call(dynamic_variables={"pedido": 7431, "nada": " ", "largo": "a\n b\t" + "c" * 999})

    opener = an_opener(an_occasion(call, {"OPENER_CONTENT_VARIABLES": json.dumps(variables)}))

    filled = json.loads(opener.content_variables)
    assert filled["2"] == "pedido 7431"
    assert filled["3"] == "su saldo"
    assert filled["4"] == "-"
    assert filled["5"].startswith("a b c")
    assert len(filled["5"]) == 300


def test_a_value_that_looks_like_a_slot_is_left_alone():
    call = a_call(dynamic_variables={"pedido": "{nombre} {{deuda}}", "deuda": "secret"})
    settings = {"OPENER_CONTENT_VARIABLES": '{"1": "{{pedido}}"}'}

    opener = an_opener(an_occasion(call, settings))

    assert json.loads(opener.content_variables) == {"1": "{nombre} {{deuda}}"}


def test_the_words_of_a_template_may_be_given_so_that_exactly_they_are_shown():
    words = some_words(**{f"opener.{SID}": "Hola {{1}}, le escribe {{2}}."})

    assert an_opener(an_occasion(), words=words).content == "Hola Ana, le escribe Acme."


def test_plain_text_goes_out_from_the_sandbox():
    opener = an_opener(an_occasion(settings={"OPENER_CONTENT_SID": "", "TWILIO_SANDBOX": "yes"}))

    assert opener.content.startswith("Hola Ana,")
    assert (opener.content_sid, opener.content_variables, opener.skip) == (None, None, None)


def test_plain_text_without_a_name_names_nobody():
    settings = {"OPENER_CONTENT_SID": "", "TWILIO_SANDBOX": "yes"}

    opener = an_opener(an_occasion(a_call(language="en-US"), settings), name=None)

    assert opener.content.startswith("Hello, I am the assistant of Acme.")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("es-CO", "agent es"), ("es", "agent es"), ("en", "agent"), (None, "agent")],
)
def test_the_most_particular_template_wins(language, expected):
    sids = {"agent_1/es": "agent es", "agent_1": "agent", "es": "es", "*": "any"}

    assert template_for(sids, "agent_1", language) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("pt-BR", "br"), ("pt", "pt"), ("es_MX", "es"), ("fr", "any")]
)
def test_another_agents_template_goes_by_language(language, expected):
    sids = {"agent_1": "agent", "pt-BR": "br", "pt": "pt", "es": "es", "*": "any"}

    assert template_for(sids, "agent_2", language) == expected


def test_without_any_template_there_is_none():
    assert template_for({"en": "en"}, "agent_1", "es") is None


HOUR = timedelta(hours=1)
NO_TEMPLATE = {"OPENER_CONTENT_SID": ""}
TABLE = [
    ("a later call was first", {}, {"call_ended_at": NOW}, Skip.SUPERSEDED),
    ("opted out", {}, {"opted_out": True}, Skip.OPTED_OUT),
    ("dry run", {"OPENERS": "dry-run"}, {}, Skip.DRY_RUN),
    ("not an allowed number", {"ALLOWED_NUMBERS": "+573000000000"}, {}, Skip.NOT_ALLOWED),
    ("an allowed number", {"ALLOWED_NUMBERS": "+57 313 8539155"}, {}, None),
    ("the person wrote after the call", {}, {"last_inbound_at": NOW}, Skip.PERSON_WROTE),
    ("the person wrote before it", {}, {"last_inbound_at": NOW - HOUR}, None),
    ("an opener an hour ago", {}, {"opener_at": NOW - HOUR}, Skip.COOLDOWN),
    ("an opener a day ago", {}, {"opener_at": NOW - 24 * HOUR}, None),
    ("no cool-down", {"OPENER_COOLDOWN_DAYS": "0"}, {"opener_at": NOW}, None),
    ("no template", NO_TEMPLATE, {}, Skip.NEEDS_TEMPLATE),
    ("no template, window open", NO_TEMPLATE, {"last_inbound_at": NOW - HOUR}, None),
    ("no template, window closed", NO_TEMPLATE, {"last_inbound_at": NOW - 24 * HOUR},
     Skip.NEEDS_TEMPLATE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "before", "skip"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_reason_to_keep_an_opener_back(settings, before, skip):
    assert an_opener(an_occasion(settings=settings, **before)).skip is skip


def test_every_reason_has_its_row():
    assert {skip for _, skip in SKIPS} == {row[3] for row in TABLE} - {None} == set(Skip)


@pytest.mark.parametrize(
    ("called", "allowed"),
    [
        ("+525512345678", "+5215512345678"),
        ("+541123456789", "+5491123456789"),
        ("+551187654321", "+5511987654321"),
    ],
)
def test_an_allowed_number_may_be_written_in_another_form(called, allowed):
    occasion = an_occasion(a_call(number=called), {"ALLOWED_NUMBERS": allowed})

    assert an_opener(occasion).skip is None


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"name": "Ana", "nombre": "Eva"}, "Ana"),
        ({"name": "  ", "nombre": " Eva  Luz "}, "Eva Luz"),
        ({"name": 7, "customer_name": "Sol"}, "Sol"),
        ({"other": "x"}, None),
        ({"name": "a" * 200}, "a" * 80),
    ],
)
def test_the_name_is_the_first_variable_that_is_a_text(variables, name):
    assert client_name(variables, ("name", "nombre", "client_name", "customer_name")) == name


def test_an_allowed_number_that_is_none_is_a_fault_of_the_settings():
    with pytest.raises(MisconfiguredError, match="ALLOWED_NUMBERS"):
        start_settings(ALLOWED_NUMBERS="+573000000000,3138539155")
