"""Emphasis, links, images and code inside a line, with WhatsApp's marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_MARKS: Final = {"strong": "*", "s": "~"}


class Inline:
    """Writes the inside of one block.

    ``italic_star`` is what markdown's ``*x*`` becomes, ``active`` a mark that is open around the
    whole block. It keeps its own stack, since emphasis can nest without end.
    """

    def __init__(self, *, italic_star: str, active: str = "") -> None:
        self._italic_star = italic_star
        self._active = active
        self._written: list[str] = []
        self._open: list[_Open] = []

    def write(self, tokens: Sequence[Token]) -> str:
        """Return the text of the tokens, with WhatsApp's marks."""
        for token, following in zip_longest(tokens, tokens[1:]):
            next_char = following.content[:1] if following else ""
            if token.nesting > 0:
                self._open.append(_Open(token, self._mark(token)))
            elif token.nesting < 0:
                self._close(next_char)
            elif token.type == "image":
                self._add_link(token, token.content, next_char)
            else:
                self._parts().append(_leaf(token))
        return "".join(self._written)

    def _parts(self) -> list[str]:
        return self._open[-1].parts if self._open else self._written

    def _mark(self, token: Token) -> str:
        kind = token.type.removesuffix("_open")
        mark = _MARKS.get(kind, "")
        if kind == "em":
            mark = self._italic_star if token.markup == "*" else "_"
        if mark == self._active or any(mark == above.mark for above in self._open):
            return ""
        return mark

    def _last_char(self) -> str:
        return next((part[-1] for part in reversed(self._parts()) if part), "")

    def _close(self, following: str) -> None:
        done = self._open.pop()
        text, mark = "".join(done.parts), done.token.markup
        if done.token.type == "link_open":
            self._add_link(done.token, text, following)
        elif self._last_char().isalnum() or following.isalnum():
            self._parts().append(f"{mark}{text}{mark}")  # 3*4*5: in a word nothing is meant
        else:
            self._parts().append(wrap(done.mark, text))

    def _add_link(self, token: Token, text: str, following: str) -> None:
        """Add a link, kept apart from letters that would become part of its address."""
        before = " " if self._last_char().isalnum() else ""
        after = " " if following.isalnum() else ""
        self._parts().append(f"{before}{_link(token, text)}{after}")


def wrap(mark: str, text: str) -> str:
    """Put marks around every line: WhatsApp formats no further than a line's end."""
    return "\n".join(f"{mark}{line}{mark}" if line.strip() else line for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class _Open:
    """Something begun and not yet closed, with what it holds so far."""

    token: Token
    mark: str
    parts: list[str] = field(default_factory=list)


def _leaf(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            mark = "```" if "`" in token.content or token.markup == "```" else "`"
            return f"{mark}{token.content}{mark}"
        case _:
            return token.content


def _link(token: Token, text: str) -> str:
    target = str(token.attrs.get("href") or token.attrs.get("src") or "")
    shown = target.removeprefix("mailto:").removeprefix("tel:")
    words = " – ".join(filter(None, (text, str(token.attrs.get("title", "")))))  # noqa: RUF001 - a dash between text and title
    if not shown or _bare(words) == _bare(shown):
        return shown or words
    return f"{words} ({shown})" if words else shown


def _bare(url: str) -> str:
    """Return a URL without what people leave out when they write it."""
    return re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", url.casefold())
