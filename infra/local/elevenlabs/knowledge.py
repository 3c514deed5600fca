"""What the persona was *given* in this socket, and finding in it what a question asks for.

There is no other memory: nothing of an earlier socket and nothing of the call reaches it, unless
the client put it into the variables or into a contextual update.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.local.elevenlabs.wording import content, folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = ("client_name", "name", "nombre", "customer_name", "user_name", "cliente")
_PLUMBING = frozenset(
    {"language", "idioma", "lang", "channel", "canal", "source", "mode", "timezone", "now"}
    | {"phone", "phone_number", "telefono", "agent_id", "batch_id", "recipient_id"}
    | {"conversation_id", "session_id", "contact_id"}
)
_PROSE = re.compile(
    r"summary|resumen|history|historial|contexto?|messages?$|mensajes?$|transcript|notes$|opener"
)
_SUMMARY = re.compile(r"summary|resumen")
_BARE = frozenset({"fact", "dato", "nota", "note", "detail", "detalle"})
_TOKEN = re.compile(r"#[^\W\d_]\w*-[\w-]+")
_STAMP = re.compile(r"^\s*(?:[-*•>]\s+|\d+[.)]\s+|\[[^\]]*\]\s*|\(\d[^)]*\)\s*)+")
_LABEL = re.compile(r"^([^\W\d_][\w ]{1,30}?)\s*(?:\([^)]*\))?:\s+(?=\S)")
_PERSON = frozenset(
    {"persona", "cliente", "usuario", "user", "person", "customer", "client", "contact"}
)
_AGENT = frozenset(
    {"agente", "asistente", "agent", "assistant", "ai", "bot", "nosotros", "us", "we"}
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_LONG = 200
_MANY_FACTS = 8


@dataclass(frozen=True, slots=True)
class Knowledge:
    """``variables`` and, oldest first, the contextual ``updates`` that are in force.

    ``own_phrases`` are the beginnings of the persona's own answers: where a context carries earlier
    answers it quotes what they said, and not itself quoting itself.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    updates: tuple[str, ...] = ()
    own_phrases: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """What the person is called, if it was given."""
        return next((v for n in _NAMES if (v := self.variables.get(n, "").strip())), None)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    weight: int  # of two lines that fit equally well, the weightier is taken


def tokens_in(text: str) -> list[str]:
    """Marks such as ``#tok-123`` by which a test tells answers apart."""
    return _TOKEN.findall(text)


def facts(knowledge: Knowledge) -> dict[str, str]:
    """The short variables that tell something of the call: name → the words to quote."""
    return {
        name: _phrase(name, value.strip())
        for name, value in knowledge.variables.items()
        if _is_fact(name, value)
    }


def knows_of_a_call(knowledge: Knowledge) -> bool:
    """Whether there is anything to recall."""
    return bool(facts(knowledge)) or any(True for _ in _lines(knowledge))


def touches(knowledge: Knowledge, question: str) -> bool:
    """Whether the words of the question occur in what was given."""
    asked = content(question)
    known = [f"{name} {phrase}" for name, phrase in facts(knowledge).items()]
    known += [line.text for line in _lines(knowledge)]
    return any(asked & content(text) for text in known)


def recall(knowledge: Knowledge, question: str) -> list[str]:
    """The sentences that answer the question best, the most fitting first; maybe none.

    All facts are told, those that fit first: a person who asks for "my order" is served also
    where the variable is called otherwise. Of the prose only what fits, or else the summary.
    """
    asked = content(question)
    told = _ranked_facts(knowledge, asked)[:_MANY_FACTS]
    prose = _fitting(knowledge, asked) or ([] if told else _gist(knowledge))
    return told + [line for line in prose if not any(_overlap(fact, line) for fact in told)]


def _overlap(one: str, other: str) -> bool:
    return folded(one) in folded(other) or folded(other) in folded(one)


def _ranked_facts(knowledge: Knowledge, asked: frozenset[str]) -> list[str]:
    known = facts(knowledge)
    fit = {name: len(asked & content(f"{name} {phrase}")) for name, phrase in known.items()}
    return [known[name] for name in sorted(known, key=lambda name: -fit[name])]


def _fitting(knowledge: Knowledge, asked: frozenset[str], most: int = 2) -> list[str]:
    fits = [(len(asked & content(line.text)), line) for line in _lines(knowledge)]
    ranked = sorted((f for f in fits if f[0]), key=lambda f: (f[0], f[1].weight), reverse=True)
    return _distinct([line.text for _, line in ranked])[:most]


def _gist(knowledge: Knowledge, most: int = 4) -> list[str]:
    ranked = sorted(_lines(knowledge), key=lambda line: -line.weight)
    return _distinct([line.text for line in ranked])[:most]


def _distinct(texts: list[str]) -> list[str]:
    return list({folded(text): text for text in texts}.values())


def _is_fact(name: str, value: str) -> bool:
    if name in _NAMES or _hidden(name) or _PROSE.search(folded(name)):
        return False
    return 0 < len(value.strip()) <= _LONG and "\n" not in value.strip()


def _hidden(name: str) -> bool:
    return name in _PLUMBING or name.startswith(("system__", "secret__"))


def _phrase(name: str, value: str) -> str:
    label = name.replace("_", " ")
    if folded(name) in _BARE or folded(value).startswith(folded(label)):
        return value
    return f"{label}: {value}"


def _lines(knowledge: Knowledge) -> Iterator[_Line]:
    for name, value in knowledge.variables.items():
        if not _hidden(name) and name not in _NAMES and not _is_fact(name, value):
            yield from _prose(value, knowledge, 3 if _SUMMARY.search(folded(name)) else 1)
    for update in knowledge.updates:
        yield from _prose(update, knowledge, 1)


def _prose(text: str, knowledge: Knowledge, weight: int) -> Iterator[_Line]:
    """Sentences that tell something: no questions, no headings, nothing of one's own recalling."""
    heading = 0
    for row in text.splitlines():
        bare = _STAMP.sub("", row).strip()
        if bare.endswith(":"):
            heading = 2 if _SUMMARY.search(folded(bare)) else 0
            continue
        body, own = _without_label(bare)
        for phrase in knowledge.own_phrases:
            body = body.removeprefix(phrase).lstrip()
        bonus = 2 if _SUMMARY.search(folded(bare[:40])) else heading
        for sentence in _SENTENCE.split(_TOKEN.sub("", body)):
            if _tells(sentence):
                yield _Line(sentence.strip(), weight + bonus + own)


def _without_label(row: str) -> tuple[str, int]:
    found = _LABEL.match(row)
    if found is None:
        return row, 0
    label = folded(found[1])
    if label in _PERSON:
        return row[found.end() :], 0
    if label in _AGENT or _SUMMARY.search(label):
        return row[found.end() :], 1
    return row, 0


def _tells(sentence: str) -> bool:
    asks = sentence.rstrip().endswith("?") or sentence.lstrip().startswith("¿")
    return not asks and len(content(sentence)) > 0
