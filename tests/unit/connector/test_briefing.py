"""What an agent is told before the first message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.briefing import Briefing, newest, shortened
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.state import ConversationState
from conversation.variables import ContextSettings
from conversation.words import Language, Words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26


def a_briefing(**changes):
    given = {
        "name_variable": "client_name", "summary_variable": "call_summary",
        "history_variable": "chat_history", "channel_variable": "channel",
        "history_messages": 30, "history_bytes": 4000,
    }  # fmt: skip
    settings = ContextSettings(**(given | changes))
    return Briefing(settings=settings, words=Words("Hilo", Language.ES, {}))


def a_state(**changes):
    known = {
        "contact_id": ANA, "client_name": "Ana", "phone_number": "+573138539155",
        "call_summary": "Preguntó por el pedido 7431.", "language": "es",
        "dynamic_variables": {"debt": 120, "system__call_sid": "CA1", "name": "Ana"},
    }  # fmt: skip
    return ConversationState(**(known | changes))


def said(text, *, minute=0, kind=Kind.REPLY, state=OutboundState.READ):
    inbound = kind is Kind.MESSAGE or kind is Kind.IMAGE
    return Message(
        contact_id=ANA, message_key=f"01{minute:024}", conversation_id=ANA,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND, kind=kind, content=text,
        state=InboundState.ANSWERED if inbound else state,
        sent_at=NOW + timedelta(minutes=minute),
    )  # fmt: skip


def told(state=None, past=(), *, text_only=True, **changes):
    return a_briefing(**changes).initiation(
        state or a_state(), past, text_only=text_only, conversation_id="c1"
    )


def note(*past, state=None, **changes):
    return told(state, past, **changes).context[0].text


def test_the_calls_own_variables_come_along_without_elevenlabs_own():
    variables = told().dynamic_variables

    assert variables["debt"] == 120
    assert "system__call_sid" not in variables


def test_our_variables_are_there_by_their_names():
    variables = told(past=[said("hola")], name_variable="cliente").dynamic_variables

    assert variables["cliente"] == "Ana"
    assert variables["call_summary"] == "Preguntó por el pedido 7431."
    assert variables["chat_history"] == "Asistente: hola"
    assert variables["channel"] == "whatsapp"


def test_ours_never_overwrite_the_calls():
    state = a_state(dynamic_variables={"channel": "phone", "client_name": "Anita"})

    variables = told(state).dynamic_variables

    assert (variables["channel"], variables["client_name"]) == ("phone", "Anita")


def test_what_is_no_scalar_stays_behind():
    state = a_state(dynamic_variables={"list": [1], "none": None, "yes": True})

    assert set(told(state).dynamic_variables) & {"list", "none", "yes"} == {"yes"}


def test_the_call_is_told_with_its_branch_environment_and_user():
    state = a_state(
        branch_id="b1", environment="production", user_id="u1", custom_llm_extra_body={"a": 1}
    )

    initiation = told(state, text_only=None)

    assert (initiation.branch_id, initiation.environment) == ("b1", "production")
    assert (initiation.user_id, initiation.custom_llm_extra_body) == ("u1", {"a": 1})
    assert initiation.text_only is None


def test_a_person_without_a_user_id_is_known_by_the_contact():
    assert told().user_id == ANA


def test_the_note_holds_the_summary_the_variables_and_the_messages_oldest_first():
    text = note(
        said("Hola Ana, gracias.", kind=Kind.OPENER, minute=0),
        said("¿y mi pedido?", kind=Kind.MESSAGE, minute=1),
        said("Llega mañana.", minute=2),
    )

    order = [
        "Resumen de la llamada: Preguntó por el pedido 7431.", "debt: 120",
        "Asistente: Hola Ana, gracias.", "Cliente: ¿y mi pedido?", "Asistente: Llega mañana.",
    ]  # fmt: skip
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_the_note_speaks_the_persons_language():
    assert "Client: hello" in note(
        said("hello", kind=Kind.MESSAGE), state=a_state(language="en-US")
    )


def test_what_did_not_arrive_is_told_as_such():
    text = note(said("secreto", state=OutboundState.SKIPPED))

    assert "Asistente (no entregado): secreto" in text


def test_an_operators_words_are_the_operators():
    assert "Operador: le llamo" in note(said("le llamo", kind=Kind.OPERATOR))


def test_a_picture_is_told_without_its_content():
    assert "Cliente: (envió un archivo)" in note(said("", kind=Kind.IMAGE))


def test_notices_are_not_for_the_agent():
    assert "Un momento" not in note(said("Un momento", kind=Kind.NOTICE))


def test_secret_variables_are_not_in_the_readable_note():
    state = a_state(dynamic_variables={"secret__token": "xyz", "debt": 5})

    assert "xyz" not in note(state=state)


def test_only_so_many_messages_are_told():
    text = note(*(said(f"m{n}", minute=n) for n in range(10)), history_messages=2)

    assert "m7" not in text
    assert "m8" in text
    assert "m9" in text


def test_the_note_stays_within_its_bytes_and_keeps_the_newest():
    past = [said("ñ" * 100 + f" {n}", minute=n) for n in range(30)]

    text = note(*past, history_bytes=1000)

    assert len(text.encode()) <= 1000
    assert text.endswith(" 29")


def test_a_person_nobody_called_needs_no_note():
    state = ConversationState(contact_id=ANA)

    assert told(state).context == ()


def test_cutting_never_breaks_a_character():
    assert shortened("ñandú " * 10, 20).endswith("…")
    assert len(shortened("ñandú " * 10, 20).encode()) <= 20
    assert newest(["a" * 10, "b" * 10], 11) == ["b" * 10]
