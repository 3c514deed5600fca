"""The agent's mind: a small persona without chance and without memory.

It answers from what was given in this socket and in nothing else, so that whoever reads its
answers sees whether the conversation was carried over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from infra.local.elevenlabs.agents import ToolKind
from infra.local.elevenlabs.knowledge import (
    Knowledge,
    knows_of_a_call,
    recall,
    tokens_in,
    touches,
)
from infra.local.elevenlabs.wording import folded, language_of, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.elevenlabs.agents import Agent, Tool


class Intent(StrEnum):
    """What the person wants."""

    RECALL = "recall"
    GREET = "greet"
    THANK = "thank"
    LEAVE = "leave"
    ASK_NAME = "name"
    ASK_HEALTH = "health"
    ASK_LONG = "long"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the persona says, and what it does before or after.

    With a ``tool``, ``interim`` is said first, then the tool is run, then ``text`` is said with
    ``{result}`` in it; ``failure`` instead if the tool fails. ``leaves`` ends the call.
    """

    text: str
    tool: Tool | None = None
    interim: str = ""
    failure: str = ""
    leaves: bool = False


_RECALL = re.compile(
    r"\bque (?:mas )?(?:me |nos )?(?:dij|cont[oa]|coment|hablamos|quedamos|acordamos|sabe)"
    r"|\bde que\b|\brecuerd|\brecord|\bacuerd|\bolvid|\bresum|\bllamad[ao]"
    r"|\b(?:cual|cuales|cuanto|cuanta|cuantos|cuando|donde|quien|que|como) "
    r"(?:era|eran|es|son|fue|fueron|tengo|tenia|debo|debia|habia|pedi|compre)\b"
    r"|\bmi (?:pedido|orden|cita|deuda|saldo|factura|dato)|\bsabe[s]? (?:de|sobre) "
    r"|\bremember|\bremind|\brecall|\bforg[eo]t|\bsummar|\bthe call\b|\bour call\b|\byour call\b"
    r"|\bwhat (?:did|was|were|is|are|do you know|have|had)\b|\b(?:told|said|say|tell) (?:to )?me\b"
    r"|\bhow much\b|\bhow many\b|\bwhich (?:was|is|were|are|one)\b|\bwhen (?:is|was)\b"
    r"|\bwhere (?:is|was)\b|\b(?:talk|talked|spoke|speak) about\b|\bmy (?:order|debt|appointment)"
)
_GREET = re.compile(r"^(hola|buen[oa]s?\b|hello|hi\b|hey\b|good (?:morning|afternoon|evening))")
_THANK = re.compile(r"\bgracias\b|\bthank|\bthanks\b|\bagradezco")
_LEAVE = re.compile(
    r"\b(?:adios|hasta (?:luego|pronto|manana|la vista)|chao|chau|nos vemos|good ?bye|bye|see you"
    r"|que (?:tenga|pase) (?:un )?buen)"
)
_NAME = re.compile(r"\bcomo me llamo\b|\bmi nombre\b|\bmy name\b|\bwho am i\b|\bquien soy\b")
_HEALTH = re.compile(r"\b(?:como (?:esta|estas|le va|te va)|que tal|how are you)\b")
_LONG = re.compile(r"\b(?:algo largo|respuesta larga|texto largo|long answer|long story)\b")
_SHORT = 8

_SAID: Mapping[str, Mapping[str, str]] = {
    "es": {
        "recall": "Según lo que tengo anotado: {quotes}",
        "nothing": "No tengo ningún dato de una llamada anterior. ¿De qué se trata?",
        "greet": "Hola{name}, ¿en qué puedo ayudarle?",
        "thank": "Con mucho gusto{name}. ¿Algo más?",
        "leave": "Ha sido un gusto{name}. ¡Hasta luego!",
        "name": "Usted es{name}.",
        "no_name": "No sé cómo se llama. ¿Me lo dice?",
        "health": "Muy bien, gracias{name}. ¿Y usted?",
        "talk": "Entiendo{name}. ¿Puedo ayudarle con algo más?",
        "interim": "Un momento, lo consulto.",
        "done": "Listo{name}, el resultado es: {{result}}.",
        "failure": "No pude consultarlo ahora{name}. Lo intento más tarde.",
        "long": "Párrafo {n}: le explico con calma cada paso, para que no quede ninguna duda. "
        "Primero revisamos **lo acordado**, después las fechas y por último lo que sigue. "
        "Más detalles en https://example.com/guia/{n} cuando guste.",
    },
    "en": {
        "recall": "From my notes: {quotes}",
        "nothing": "I have no notes of an earlier call. What is it about?",
        "greet": "Hello{name}, how can I help you?",
        "thank": "You are welcome{name}. Anything else?",
        "leave": "It was a pleasure{name}. Goodbye!",
        "name": "You are{name}.",
        "no_name": "I do not know your name. Would you tell me?",
        "health": "Very well, thank you{name}. And you?",
        "talk": "I see{name}. Can I help you with anything else?",
        "interim": "One moment, let me check.",
        "done": "Done{name}, the result is: {{result}}.",
        "failure": "I could not check it now{name}. I will try later.",
        "long": "Paragraph {n}: let me explain every step calmly, so that no doubt is left. "
        "First we look at **what was agreed**, then at the dates, and last at what follows. "
        "More at https://example.com/guide/{n} whenever you like.",
    },
}
_LONG_PARAGRAPHS = range(1, 13)

OWN_PHRASES = tuple(said["recall"].split("{")[0].strip() for said in _SAID.values()) + tuple(
    said["nothing"] for said in _SAID.values()
)
"""How answers that recall begin; a context that carries them must not be quoted again."""


def reply_to(text: str, knowledge: Knowledge, agent: Agent, language: str | None = None) -> Reply:
    """Answer ``text``. ``language`` is the session's, if one was set."""
    said = _SAID[_spoken(language, text, agent)]
    tool = _tool_for(text, agent)
    if tool is not None:
        return _using(tool, said, knowledge, text)
    intent = intent_of(text, knowledge)
    answer = _words(intent, text, knowledge, said)
    return Reply(_marked(answer, text), leaves=intent is Intent.LEAVE and agent.ends_calls)


def intent_of(text: str, knowledge: Knowledge) -> Intent:
    """What the person wants, by the words alone."""
    plain = folded(text)
    table = (
        (Intent.ASK_LONG, _LONG.search(plain)),
        (Intent.ASK_NAME, _NAME.search(plain)),
        (Intent.LEAVE, _LEAVE.search(plain) and "?" not in plain and len(words(text)) <= _SHORT),
        (Intent.ASK_HEALTH, _HEALTH.search(plain)),
        (Intent.RECALL, _RECALL.search(plain)),
        (Intent.RECALL, "?" in plain and touches(knowledge, text)),
        (Intent.THANK, _THANK.search(plain)),
        (Intent.GREET, _GREET.search(plain)),
    )
    return next((intent for intent, found in table if found), Intent.TALK)


def _spoken(language: str | None, text: str, agent: Agent) -> str:
    for candidate in (language, language_of(text), agent.language):
        base = folded(candidate or "").split("-")[0]
        if base in _SAID:
            return base
    return "es"


def _words(intent: Intent, text: str, knowledge: Knowledge, said: Mapping[str, str]) -> str:
    name = f", {knowledge.name}" if knowledge.name else ""
    match intent:
        case Intent.RECALL:
            return _recalled(text, knowledge, said)
        case Intent.ASK_NAME:
            chosen = "name" if knowledge.name else "no_name"
            return said[chosen].replace("{name}", name.replace(",", ""))
        case Intent.ASK_LONG:
            return "\n\n".join(said["long"].replace("{n}", str(n)) for n in _LONG_PARAGRAPHS)
        case Intent.GREET | Intent.THANK | Intent.LEAVE | Intent.ASK_HEALTH | Intent.TALK:
            return said[intent.value].replace("{name}", name)
        case _:
            assert_never(intent)


def _recalled(text: str, knowledge: Knowledge, said: Mapping[str, str]) -> str:
    quotes = recall(knowledge, text) if knows_of_a_call(knowledge) else []
    if not quotes:
        return said["nothing"]
    told = "; ".join(quotes)
    ending = "." if told[-1].isalnum() else ""
    return said["recall"].replace("{quotes}", told + ending)


def _tool_for(text: str, agent: Agent) -> Tool | None:
    plain = folded(text)
    for tool in agent.tools:
        if tool.kind is not ToolKind.SYSTEM and any(folded(t) in plain for t in tool.triggers):
            return tool
    return None


def _using(tool: Tool, said: Mapping[str, str], knowledge: Knowledge, text: str) -> Reply:
    name = f", {knowledge.name}" if knowledge.name else ""
    done = said["done"].replace("{name}", name).replace("{{result}}", "{result}")
    failure = said["failure"].replace("{name}", name)
    return Reply(_marked(done, text), tool, said["interim"], _marked(failure, text))


def _marked(answer: str, text: str) -> str:
    marks = " ".join(dict.fromkeys(tokens_in(text)))
    return f"{answer} {marks}" if marks else answer
