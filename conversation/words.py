"""The words people read, in Spanish and English. Each may be replaced by a setting.

Neutral «usted»; no name where none is known. ``{nombre}``/``{name}`` and ``{empresa}``/
``{business}`` are filled in; a sentence loses the comma and the name together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.messages import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping


class Language(StrEnum):
    """The languages we have words in."""

    ES = "es"
    EN = "en"


OPENER: Final = "opener"

DEFAULTS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.ES: {
        OPENER: (
            "Hola {nombre}, soy el asistente de {empresa}. Gracias por atender la llamada. "
            "Puede seguir escribiéndome por aquí cuando quiera. "
            "Si no desea más mensajes, responda BAJA."
        ),
        Notice.WAITING: "Un momento, por favor: estoy preparando su respuesta.",
        Notice.TROUBLE: (
            "En este momento no puedo responderle. "
            "Recibí su mensaje y le contestaré en cuanto pueda."
        ),
        Notice.GAVE_UP: "No pude responder a su último mensaje. ¿Podría enviarlo de nuevo?",
        Notice.MEDIA: "Por ahora solo puedo leer texto. ¿Me lo puede escribir?",
        Notice.OPT_OUT: "Listo, no le enviaremos más mensajes. Si cambia de opinión, escriba ALTA.",
        Notice.OPT_IN: "Listo, podemos seguir conversando por aquí.",
        Notice.FAREWELL: (
            "Por ahora terminamos aquí nuestra conversación. "
            "Gracias por escribirnos; puede volver a hacerlo mañana."
        ),
        Notice.FLOOD: (
            "He recibido muchos mensajes seguidos y por ahora no puedo responder a más. "
            "Escríbame de nuevo dentro de una hora."
        ),
        Notice.NO_AGENT: "Gracias por escribirnos. Recibimos su mensaje y le responderemos pronto.",
    },
    Language.EN: {
        OPENER: (
            "Hello {nombre}, I am the assistant of {empresa}. Thank you for taking the call. "
            "You can keep writing to me here whenever you like. "
            "If you do not want more messages, reply STOP."
        ),
        Notice.WAITING: "One moment, please: I am preparing your answer.",
        Notice.TROUBLE: (
            "I cannot answer you right now. I have your message and will reply as soon as I can."
        ),
        Notice.GAVE_UP: "I could not answer your last message. Could you send it again?",
        Notice.MEDIA: "For now I can only read text. Could you write it to me?",
        Notice.OPT_OUT: (
            "Done, we will not message you again. If you change your mind, write START."
        ),
        Notice.OPT_IN: "Done, we can keep talking here.",
        Notice.FAREWELL: (
            "This is where our conversation ends for now. "
            "Thank you for writing; you are welcome to write again tomorrow."
        ),
        Notice.FLOOD: (
            "I have received many messages in a row and cannot answer more for now. "
            "Please write to me again in an hour."
        ),
        Notice.NO_AGENT: "Thank you for writing. We have your message and will reply soon.",
    },
}

OPT_OUT_WORDS: Final = (
    "STOP", "STOPALL", "UNSUBSCRIBE", "BAJA", "DAR DE BAJA", "PARAR", "NO MÁS MENSAJES",
)  # fmt: skip
OPT_IN_WORDS: Final = ("START", "ALTA")

_LANGUAGES: Final = {language.value: language for language in Language}
_NAME_SLOT: Final = re.compile(r"[ ,]*\{(?:nombre|name)\}")
_ASSISTANT_OF: Final = re.compile(r" (?:de|of) \{(?:empresa|business)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one deployment."""

    business: str
    default_language: Language
    overrides: Mapping[str, str]
    """By ``<sentence>.<language>``, such as ``opener.es``."""

    def language_of(self, code: str | None) -> Language:
        """The language we have words in for ``code`` (``es-CO``, ``EN``, none …)."""
        short = (code or "").lower().replace("_", "-").split("-")[0]
        return _LANGUAGES.get(short, self.default_language)

    def notice(self, notice: Notice, language: str | None) -> str:
        """The sentence of ``notice``."""
        return self._sentence(notice, language)

    def opener(self, name: str | None, language: str | None) -> str:
        """The first WhatsApp message after a call."""
        return fill(self._sentence(OPENER, language), name=name, business=self.business)

    def _sentence(self, sentence: str, language: str | None) -> str:
        chosen = self.language_of(language)
        return self.overrides.get(f"{sentence}.{chosen}") or DEFAULTS[chosen][sentence]


def fill(sentence: str, *, name: str | None, business: str) -> str:
    """``sentence`` with name and business in their places, or without them where unknown."""
    if not name:
        sentence = _NAME_SLOT.sub("", sentence)
    if not business:
        sentence = _ASSISTANT_OF.sub("", sentence)
    for slot in ("{nombre}", "{name}"):
        sentence = sentence.replace(slot, name or "")
    for slot in ("{empresa}", "{business}"):
        sentence = sentence.replace(slot, business)
    return sentence
