"""What is said in a simulated call, and the summary that the provider's analysis gives of it.

It mentions every scalar variable that the caller passed, word for word, so that a fact put into a
call can be looked for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.elevenlabs.agents import filled
from infra.local.elevenlabs.knowledge import Knowledge, facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.local.elevenlabs.agents import Agent

SECONDS_A_LINE = 6

_LINES: Mapping[str, Mapping[str, str]] = {
    "es": {
        "greeting": "Hola{name}, le habla {agent}, la asistente virtual.",
        "hello": "Hola, sí, dígame.",
        "purpose": "Le llamo para darle una información que tengo anotada.",
        "listen": "Claro, la escucho.",
        "fact": "Anote por favor: {fact}.",
        "noted": "Muy bien, anotado.",
        "question": "¿Podemos seguir por WhatsApp si tengo otra duda?",
        "farewell": "Por supuesto, escríbame cuando guste. ¡Que tenga un buen día!",
        "title": "Llamada informativa",
        "summary": "El agente llamó{to} y le informó de lo siguiente: {facts}. "
        "La persona lo anotó y pidió seguir por WhatsApp.",
        "bare": "El agente llamó{to} y se presentó. La persona pidió seguir por WhatsApp.",
        "to": " a {name}",
    },
    "en": {
        "greeting": "Hello{name}, this is {agent}, the virtual assistant.",
        "hello": "Hi, yes, go ahead.",
        "purpose": "I am calling to give you some information that I have here.",
        "listen": "Sure, I am listening.",
        "fact": "Please note: {fact}.",
        "noted": "All right, noted.",
        "question": "Can we go on by WhatsApp if I have another question?",
        "farewell": "Of course, write to me whenever you like. Have a nice day!",
        "title": "Informative call",
        "summary": "The agent called{to} and told them the following: {facts}. "
        "The person noted it and asked to go on by WhatsApp.",
        "bare": "The agent called{to} and introduced itself. "
        "The person asked to go on by WhatsApp.",
        "to": " {name}",
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: by ``user`` or ``agent``."""

    role: str
    message: str


@dataclass(frozen=True, slots=True)
class Script:
    """All that a call will hold, known before it begins."""

    language: str
    lines: tuple[Line, ...]
    title: str
    summary: str

    @property
    def seconds(self) -> int:
        """How long people would have needed to say it."""
        return SECONDS_A_LINE * len(self.lines)


def script_of(agent: Agent, variables: Mapping[str, object], language: str | None) -> Script:
    """Write the call that ``agent`` has with a person of whom ``variables`` are known."""
    base = (language or agent.language or "es").split("-")[0]
    spoken = base if base in _LINES else "es"
    given = Knowledge({name: _shown(value) for name, value in variables.items()})
    told = list(facts(given).values())
    said = _LINES[spoken]
    return Script(
        language=spoken,
        lines=tuple(_said(agent, variables, given, told, said)),
        title=said["title"],
        summary=_summary(given, told, said),
    )


def _said(
    agent: Agent,
    variables: Mapping[str, object],
    given: Knowledge,
    told: list[str],
    said: Mapping[str, str],
) -> Iterator[Line]:
    name = f", {given.name}" if given.name else ""
    greeting = said["greeting"].replace("{name}", name).replace("{agent}", agent.name)
    yield Line("agent", filled(agent.first_message, variables) or greeting)
    yield Line("user", said["hello"])
    if told:
        yield Line("agent", said["purpose"])
        yield Line("user", said["listen"])
    for fact in told:
        yield Line("agent", said["fact"].replace("{fact}", fact.removesuffix(".")))
        yield Line("user", said["noted"])
    yield Line("user", said["question"])
    yield Line("agent", said["farewell"])


def _summary(given: Knowledge, told: list[str], said: Mapping[str, str]) -> str:
    to = said["to"].replace("{name}", given.name) if given.name else ""
    if not told:
        return said["bare"].replace("{to}", to)
    return said["summary"].replace("{to}", to).replace("{facts}", "; ".join(told))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
