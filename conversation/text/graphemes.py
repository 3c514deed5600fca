"""Where one written sign ends and the next begins: the places where a text may be cut at all.

It follows Unicode's UAX #29 and errs on the side of not cutting: everything after a joiner, a
virama or a Hangul lead is taken as joined.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

_MARKS = frozenset({"Mn", "Me", "Mc"})
_JOINER = "\u200d"
_VIRAMA = 9  # the combining class of the sign that binds two Indic consonants

# zero-width (non-)joiner, skin tones, the tags in the flags of England and Scotland, half-width
# sound marks, Hangul vowels and finals
_EXTENDS = re.compile(
    r"[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\uff9e\uff9f"
    r"\u1160-\u11ff\ud7b0-\ud7fb]"
)
_PAIRED = re.compile(r"\r\n|[\ud800-\udbff][\udc00-\udfff]")
_HANGUL_LEAD = re.compile(r"[\u1100-\u115f\ua960-\ua97c][\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3]")


def units(text: str) -> int:
    """The length that providers count: UTF-16 units, two for most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def reach(text: str, start: int, limit: int) -> int:
    """The furthest end for which ``text[start:end]`` has at most ``limit`` UTF-16 units."""
    piece = text[start : start + limit]
    if units(piece) <= limit:
        return start + len(piece)
    return start + bisect_right(list(accumulate(map(_width, piece))), limit)


def breaks_at(text: str, index: int, start: int) -> bool:
    """Whether a sign ends at ``index``; ``start`` is an earlier place where one surely does."""
    pair = text[index - 1 : index + 1]
    if _EXTENDS.match(pair[1]) or unicodedata.category(pair[1]) in _MARKS:
        return False
    if pair[0] == _JOINER or unicodedata.combining(pair[0]) == _VIRAMA:
        return False
    if _PAIRED.match(pair) or _HANGUL_LEAD.match(pair):
        return False
    return not (_is_flag_half(pair[1]) and _flag_halves_before(text, index, start) % 2)


def last_break(text: str, start: int, end: int) -> int:
    """The last place in ``(start, end]`` where a sign ends.

    A sign too long to fit (hundreds of accents on one letter) is cut at ``end``.
    """
    for index in range(end, start, -1):
        if breaks_at(text, index, start):
            return index
    return end


def _width(char: str) -> int:
    return 2 if char > "\uffff" else 1


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int, start: int) -> int:
    first = index
    while first > start and _is_flag_half(text[first - 1]):
        first -= 1
    return index - first
