"""Cutting a text into messages that Twilio takes and a person can read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from conversation.errors import Defect
from conversation.text import graphemes

TWILIO_LIMIT = 1600
"""Characters in one message body; beyond it Twilio answers 21617 (it counts UTF-16 units)."""

_FENCE = "```"
_OPEN, _CLOSE = f"{_FENCE}\n", f"\n{_FENCE}"
_LEAST_LIMIT = 2  # one emoji

_Cuts = Callable[[str, int, int], Iterator[int]]


def split(text: str, limit: int = TWILIO_LIMIT) -> list[str]:
    """Cut ``text`` into parts of at most ``limit`` UTF-16 units, none of them blank.

    The cut falls at the end of a paragraph, else of a line, a sentence, a word, else between two
    signs; never inside one sign, and never inside a URL or a WhatsApp span (``*bold*``,
    ``_italic_``, ``~strike~``, code, a fence) unless that alone is longer than the limit. A fence
    that long is closed and opened again, so that every part shows as code. Only whitespace around
    the cuts is lost. Takes time in proportion to the text.
    """
    if limit < _LEAST_LIMIT:
        raise Defect(f"A limit of {limit} holds no emoji; use 2 or more.", reason="limit")
    if graphemes.units(text) <= limit:
        return [whole] if (whole := text.strip()) else []  # as nearly always
    return [part for section in _sections(text, limit) for part in section]


def _sections(text: str, limit: int) -> Iterator[Iterator[str]]:
    """Yield the parts of what stands before, in and after each fence too long for one message."""
    begin = 0
    for start, end in _fences(text):
        fence = text[start:end]
        if graphemes.units(fence.strip()) > limit >= 2 * len(_OPEN + _CLOSE):
            yield (piece.strip() for piece in _pieces(text[begin:start], limit))
            yield _fenced(fence, limit)
            begin = end
    yield (piece.strip() for piece in _pieces(text[begin:], limit))


def _fenced(fence: str, limit: int) -> Iterator[str]:
    inner = fence[len(_FENCE) : -len(_FENCE)]
    for piece in _pieces(inner, limit - len(_OPEN + _CLOSE)):
        yield f"{_OPEN}{piece}{_CLOSE}"


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Cut without regard to long fences; a piece after a line's end keeps its indentation."""
    text = text.rstrip()
    atoms: _Atoms | None = None
    begin = _beginning(text, 0, limit)
    while begin < len(text):
        cut = graphemes.reach(text, begin, limit)
        if cut < len(text):
            # Not before: what fits into one message, as nearly everything does, is not cut.
            atoms = atoms or _Atoms(text, limit)
            cut = _cut(text, begin, cut, atoms)
        yield text[begin:cut].rstrip()
        begin = _beginning(text, cut, limit)


def _beginning(text: str, index: int, limit: int) -> int:
    """Return where the next piece begins: blank lines are skipped, a small indent stays."""
    ink = _ink(text, index)
    line = text.rfind("\n", index, ink) + 1
    return line if line and ink - line <= limit // 4 else ink


def _ink(text: str, index: int) -> int:
    blank = _BLANK.match(text, index)
    return blank.end() if blank else index


def _cut(text: str, begin: int, end: int, atoms: _Atoms) -> int:
    """Return the best place in ``(begin, end]``.

    The first round leaves out cuts that would send a crumb: a greeting alone in its paragraph is
    not worth a message as long as anything else can be cut.
    """
    ink = _ink(text, begin)
    for least in (max(ink, begin + (end - begin) // 4), ink):
        for cuts in _LEVELS:
            legal = [cut for cut in cuts(text, least, end) if not atoms.hold(cut)]
            if legal:
                return legal[-1]
    return _between_signs(text, ink, end, atoms)


def _between_signs(text: str, ink: int, end: int, atoms: _Atoms) -> int:
    cut = graphemes.last_break(text, ink, end)
    while held := atoms.holder(cut):
        if held <= ink:
            return graphemes.last_break(text, ink, end)
        cut = graphemes.last_break(text, ink, held)
    return cut


# ── levels, best first: each yields the cuts in (least, end], ascending ──────────────────────────

_BLANK = re.compile(r"\s+")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_LINE = re.compile(r"\n")
# Not after a digit: "1. First" is a list. Possessive and started only where a run of marks
# starts, so that a page of dots stays linear.
_SENTENCE = re.compile(r"(?<![\d.!?…])[.!?…]++[\"')\]»”’*_~`]*+(?=\s)|[。！？]++")  # noqa: RUF001 - Chinese and Japanese marks end sentences
_WORD = re.compile(r"[^\S\u00a0\u202f]+")  # a no-break space keeps "1 600 €" together


def _at_starts(pattern: re.Pattern[str]) -> _Cuts:
    def cuts(text: str, least: int, end: int) -> Iterator[int]:
        found = pattern.finditer(text, least, end + 2)
        return (match.start() for match in found if least < match.start() <= end)

    return cuts


def _sentence_ends(text: str, least: int, end: int) -> Iterator[int]:
    for match in _SENTENCE.finditer(text, least, end + 1):
        follows = text[match.end() : match.end() + 4].lstrip()[:1]
        if least < match.end() <= end and not follows.islower():
            yield match.end()


_LEVELS: tuple[_Cuts, ...] = (
    _at_starts(_PARAGRAPH),
    _at_starts(_LINE),
    _sentence_ends,
    _at_starts(_WORD),
)


# ── what is not cut ──────────────────────────────────────────────────────────────────────────────

_URL = re.compile(r"(?:https?://|www\.|mailto:|tel:)\S+", re.IGNORECASE)
_CODE = re.compile(r"`[^`\n]+`")


def _span(mark: str) -> re.Pattern[str]:
    """Build what WhatsApp formats: on one line, marks against the text, nothing in a word."""
    m = re.escape(mark)
    return re.compile(rf"(?<![^\W_]){m}(?![\s{m}])[^{m}\n]++(?<!\s){m}(?![^\W_])")


_SPANS = (_URL, _CODE, _span("*"), _span("_"), _span("~"))


def _fences(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    while (start := text.find(_FENCE, end)) >= 0:
        close = text.find(_FENCE, start + len(_FENCE))
        if close < 0:
            return
        end = close + len(_FENCE)
        if text[start + len(_FENCE) : close].strip():
            yield start, end


class _Atoms:
    """The URLs and spans of a text that fit in a message and therefore stay whole."""

    def __init__(self, text: str, limit: int) -> None:
        kinds = [_fences(text), *((m.span() for m in p.finditer(text)) for p in _SPANS)]
        self._kinds = [
            [(start, end) for start, end in kind if _fits(text, start, end, limit)]
            for kind in kinds
        ]

    def hold(self, cut: int) -> bool:
        """Whether the cut would fall inside an atom."""
        return self.holder(cut) is not None

    def holder(self, cut: int) -> int | None:
        """Where the first atom begins that the cut would fall into."""
        starts = (_start_of_holder(kind, cut) for kind in self._kinds)
        return min((start for start in starts if start is not None), default=None)


def _start_of_holder(atoms: list[tuple[int, int]], cut: int) -> int | None:
    before = bisect_left(atoms, (cut, 0)) - 1
    if before >= 0 and cut < atoms[before][1]:
        return atoms[before][0]
    return None


def _fits(text: str, start: int, end: int, limit: int) -> bool:
    return end - start <= limit and graphemes.units(text[start:end]) <= limit
