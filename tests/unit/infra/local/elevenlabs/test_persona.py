"""The persona: what it recalls, in which language, and what it must not do."""

import pytest

from infra.local.elevenlabs.agents import Agent, Tool, ToolKind
from infra.local.elevenlabs.knowledge import Knowledge, recall
from infra.local.elevenlabs.persona import OWN_PHRASES, Intent, intent_of, reply_to

AGENT = Agent("agent_1")
CALL = """Resumen de la llamada:
El agente llamó a Ana y le informó de lo siguiente: pedido 7431. Pidió seguir por WhatsApp.

Transcripción:
[10:01] Agente: Hola Ana, le habla Sofía.
[10:01] Persona: Hola, sí, dígame.
[10:02] Agente: Anote por favor: pedido 7431.
[10:02] Agente: La entrega es el martes a las 15:00 en la calle Olmo 12.

Últimos mensajes:
Persona: ¿Cuál era mi pedido? #tok-77
Agente: Según lo que tengo anotado: pedido 7431. #tok-77
"""


def told(text, *, variables=None, updates=(), language=None, agent=AGENT):
    knowledge = Knowledge(variables or {}, tuple(updates), OWN_PHRASES)
    return reply_to(text, knowledge, agent, language).text


@pytest.mark.parametrize(
    "question",
    [
        "¿Cuál era mi pedido?",
        "¿Qué recuerda de la llamada?",
        "cual es mi pedido",
        "¿Qué me dijiste?",
        "¿De qué hablamos?",
        "recuérdame",
        "Me olvidé de lo que me dijo",
        "¿qué sabe de mí?",
        "What was my order?",
        "what did you tell me?",
        "Do you remember our call?",
        "remind me please",
        "a summary of the call",
    ],
)
@pytest.mark.parametrize("name", ["fact", "pedido", "debt", "anything_else"])
def test_a_fact_of_the_call_is_recalled_word_for_word_however_it_is_asked(question, name):
    assert "pedido 7431" in told(question, variables={name: "pedido 7431", "name": "Ana"})
    assert "pedido 7431" in told(question, updates=[CALL])


@pytest.mark.parametrize(
    "fact", ["pedido 7431", "El gato se llama Bigotes.", "código ÁZ-9 / 12,50 €", "#7431", "no"]
)
def test_any_fact_is_quoted_as_it_was_given(fact):
    assert fact in told("¿Cuál era mi pedido?", variables={"fact": fact, "monto": "120"})


def test_the_fitting_line_of_a_long_context_is_picked():
    answer = told("¿Cuándo es la entrega?", updates=[CALL])

    assert "martes a las 15:00" in answer
    assert "Sofía" not in answer


def test_questions_and_tokens_of_the_context_are_not_quoted():
    answer = told("¿Cuál era mi pedido? #tok-78", updates=[CALL])

    assert "#tok-77" not in answer
    assert "?" not in answer
    assert answer.endswith("#tok-78")


def test_an_own_answer_in_the_context_is_not_quoted_with_its_beginning():
    context = "Agente: Según lo que tengo anotado: pedido 7431.\nPersona: gracias"

    assert told("¿mi pedido?", updates=[context]) == "Según lo que tengo anotado: pedido 7431."


@pytest.mark.parametrize("given", [{}, {"name": "Ana", "language": "es", "channel": "whatsapp"}])
def test_without_context_nothing_is_known_of_a_call(given):
    assert told("¿Qué recuerda de la llamada?", variables=given).startswith("No tengo ningún dato")


@pytest.mark.parametrize(
    ("text", "language", "start"),
    [
        ("¿Qué recuerda?", None, "No tengo"),
        ("What do you remember?", None, "I have no"),
        ("What do you remember?", "es", "No tengo"),
        ("¿Qué recuerda?", "en-US", "I have no"),
        ("¿Qué recuerda?", "fr", "No tengo"),
        ("👍", None, "Entiendo"),
    ],
)
def test_the_sessions_language_goes_before_the_messages(text, language, start):
    assert told(text, language=language).startswith(start)


def test_the_person_is_greeted_by_name():
    assert told("hola", variables={"client_name": "Ana"}) == "Hola, Ana, ¿en qué puedo ayudarle?"
    assert told("¿cómo me llamo?", variables={"nombre": "Ana"}) == "Usted es Ana."


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hola", Intent.GREET),
        ("Good morning", Intent.GREET),
        ("muchas gracias", Intent.THANK),
        ("gracias, adiós", Intent.LEAVE),
        ("bye!", Intent.LEAVE),
        ("¿adiós?", Intent.TALK),
        ("¿cómo está?", Intent.ASK_HEALTH),
        ("what is my name", Intent.ASK_NAME),
        ("algo largo por favor", Intent.ASK_LONG),
        ("quiero comprar", Intent.TALK),
        ("", Intent.TALK),
        ("😀", Intent.TALK),
    ],
)
def test_what_the_person_wants_is_told_by_the_words(text, intent):
    assert intent_of(text, Knowledge()) is intent


def test_a_question_that_touches_what_is_known_is_a_recall():
    knowledge = Knowledge({"entrega": "martes"})

    assert intent_of("¿y la entrega?", knowledge) is Intent.RECALL
    assert intent_of("¿y el perro?", knowledge) is Intent.TALK


def test_only_an_agent_that_has_the_tool_ends_the_call():
    knowledge = Knowledge()

    assert reply_to("adiós", knowledge, AGENT).leaves
    assert not reply_to("adiós", knowledge, Agent("agent_2", tools=())).leaves


def test_a_tool_is_used_where_its_trigger_is_said():
    tool = Tool("lookup", ToolKind.WEBHOOK, ("envío",), "en camino")
    reply = reply_to("¿y el ENVIO? #t-1", Knowledge(), Agent("agent_3", tools=(tool,)))

    assert reply.tool == tool
    assert reply.interim == "Un momento, lo consulto."
    assert reply.text == "Listo, el resultado es: {result}. #t-1"


def test_a_summary_given_as_a_variable_is_recalled_when_nothing_else_fits():
    given = {"call_summary": "Se acordó una visita el jueves. El técnico llama antes."}

    assert recall(Knowledge(given), "¿qué recuerda?") == [
        "Se acordó una visita el jueves.",
        "El técnico llama antes.",
    ]


def test_secret_and_system_variables_are_never_told():
    given = {"secret__pin": "9999", "system__time": "now", "fact": "x1"}

    assert told("¿qué sabe de mí?", variables=given) == "Según lo que tengo anotado: x1."
