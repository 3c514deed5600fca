"""Comparing words as people write them: without accents, case, plurals and small words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_SMALL = _listed(
    "a al algo ante asi aun como con cual cuales cuando cuanto cuanta de del desde donde el ella "
    "ellos en entre era eran es esa ese eso esta estaba este esto fue fueron ha hay he la las le "
    "les lo los me mi mis muy no nos o para pero por porque pues que quien se ser si sin sobre son "
    "soy su sus te tengo tenia tiene tu un una usted ustedes y ya yo dijo dijiste dice decir puede "
    "favor hola gracias recuerda recuerdas recordar llamada llamo hablamos "
    "an and are as at be been but by can could did do does for from had has have hello her him his "
    "how i in is it its just know me my of on or our please she so tell that the their them then "
    "there they this to told us was we were what when where which who will with would you your "
    "about call called remember remind said say talk talked thanks"
)
_SPANISH = _listed(
    "que cual como cuando donde por para mi su el la los las un una es era fue hola gracias si no "
    "usted buenos buenas dias tardes adios quiero necesito puede favor recuerda de en y pero con "
    "del al lo le me mis estoy esta son soy tengo hay"
)
_ENGLISH = _listed(
    "the what which how when where for my your is was are were hello hi thanks thank yes you i and "
    "but with of in on it do did does can could please want need good morning bye have has tell "
    "remember about we this that a an to am me there"
)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Lower case, no accents, single spaces."""
    letters = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.split())


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(folded(text.replace("_", " ")))


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry a meaning."""
    return frozenset(_stem(word) for word in words(text) if word not in _SMALL)


def language_of(text: str) -> str | None:
    """``es`` or ``en`` if the words tell it, else None."""
    if any(letter in "¿¡ñáéíóú" for letter in text.casefold()):
        return "es"
    said = words(text)
    spanish = sum(word in _SPANISH for word in said)
    english = sum(word in _ENGLISH for word in said)
    if spanish == english:
        return None
    return "es" if spanish > english else "en"


def _stem(word: str) -> str:
    for ending in ("es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word
