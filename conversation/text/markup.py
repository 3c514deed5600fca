"""The agent's markdown, as WhatsApp writes it.

Markdown's ``*x*`` is italic, WhatsApp's is bold, and agents write either. The text itself tells:
one that also uses what only markdown has (``**``, a heading, a link, a table…) is markdown, and
its ``*x*`` becomes ``_x_``; any other was written for WhatsApp, and ``*x*`` stays.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from markdown_it import MarkdownIt

from conversation.text.inline import Inline, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_DEEPEST = 100  # nested blocks the parser looks into; what is deeper it would drop
_WIDEST_ROW = 3  # cells that still read as one line on a phone
_RULE = "———"
_CELLS = " · "
_LONGEST = 20_000  # characters; some of its worst take the parser a second for so many
_MARKED = re.compile(r"[*_~`#>|\[\]<&\\\x00\r]|^[^\S\n]*(?:[-+=]|\d+[.)])", re.MULTILINE)
"""What markdown could begin with: a text without it is as it was, and is not parsed."""
_LINE_START = re.compile(r"\n(?!\n)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_ONLY_MARKDOWN: Final = frozenset({"strong_open", "s_open", "link_open", "image"})


def to_whatsapp(markdown: str) -> str:
    """Rewrite markdown with WhatsApp's formatting; nothing ever raises.

    No word is lost, except the language after an opening fence, which WhatsApp would print.

    A text without markdown comes back exactly as it was, and so does one that nests deeper, or is
    longer, than any person writes. Line breaks are kept: in a chat they are meant.
    """
    if len(markdown) > _LONGEST or not _MARKED.search(markdown):
        return markdown
    try:
        tokens = _parser().parse(markdown)
    except RecursionError:  # thousands of nested brackets
        return markdown
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return markdown
    converted = _Document(markdown, tokens).render()
    if not converted or _ink(converted) == _ink(markdown):
        return markdown
    return converted


def _ink(text: str) -> str:
    return "".join(text.split())


# ── parsing ──────────────────────────────────────────────────────────────────────────────────────

# In a chat an indented line is no code, a line of dashes makes no heading of the line above, and
# "[1]: …" is not a definition to hide.
_NOT_MEANT: Final = ["code", "lheading", "reference"]
_URL = re.compile(r"://[^\s<>\[\]\"`\\]*")
_PLAIN_BACKSLASH = re.compile(r"\\[()/\"':;,?@%&={}]")
_NOT_AT_A_URLS_END = "*_~.,;:!?)'»”"


class _Parser(MarkdownIt):
    """Markdown in which addresses come out as they went in."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": _DEEPEST})
        self.enable(["table", "strikethrough"]).disable(_NOT_MEANT)
        self.inline.ruler.before("escape", "bare_url", _bare_url)
        self.inline.ruler.before("escape", "backslash", _backslash)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        return link


@cache
def _parser() -> MarkdownIt:
    return _Parser()


def _bare_url(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """Take the rest of a URL as text: its ``_`` and ``*`` format nothing."""
    found = _URL.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    rest = found[0].rstrip(_NOT_AT_A_URLS_END)
    if len(rest) <= len("://"):
        return False
    if not silent:
        state.append_pending(rest)
    state.pos += len(rest)
    return True


def _backslash(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    r"""Keep the arm of ¯\(ツ)/¯: a backslash escapes only what markdown could mean."""
    found = _PLAIN_BACKSLASH.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.append_pending(found[0])
    state.pos = found.end()
    return True


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────


class _Document:
    """Writes the blocks of one text, with the blank lines its author put between them."""

    def __init__(self, markdown: str, tokens: list[Token]) -> None:
        self._lines = re.sub(r"\r\n?", "\n", markdown).split("\n")
        self._tokens = tokens
        inner = (child.type for token in tokens for child in token.children or ())
        only = not _ONLY_MARKDOWN.isdisjoint(inner)
        outer = any(token.type in {"heading_open", "table_open"} for token in tokens)
        self._italic_star = "_" if only or outer else "*"
        self._writers: dict[str, Callable[[int, int], str]] = {
            "inline": self._inline,
            "heading_open": self._heading,
            "fence": self._fence,
            "blockquote_open": self._quote,
            "hr": self._rule,
            "bullet_list_open": self._list,
            "ordered_list_open": self._list,
            "table_open": self._table,
        }

    def render(self) -> str:
        return self._blocks(0, len(self._tokens))

    def _blocks(self, begin: int, end: int) -> str:
        """Write the blocks between two tokens. Nested no deeper than ``_DEEPEST``."""
        text, index = "", begin
        while index < end:
            token = self._tokens[index]
            close = self._close_of(index)
            written = self._block(index, close)
            if written:
                text += (self._gap(token) if text else "") + written
            index = close + 1
        return text

    def _close_of(self, index: int) -> int:
        token = self._tokens[index]
        if token.nesting == 0:
            return index
        return next(
            at
            for at in range(index + 1, len(self._tokens))
            if self._tokens[at].nesting < 0 and self._tokens[at].level == token.level
        )

    def _gap(self, token: Token) -> str:
        first = token.map[0] if token.map else 0
        return "\n" if self._lines[first - 1].strip(" \t>") else "\n\n"

    def _block(self, index: int, close: int) -> str:
        token = self._tokens[index]
        write = self._writers.get(token.type, self._inside)
        return write(index, close)

    def _inside(self, index: int, close: int) -> str:
        return self._blocks(index + 1, close)

    def _inline(self, index: int, _close: int) -> str:
        return self._written(self._tokens[index])

    def _written(self, token: Token, active: str = "") -> str:
        inline = Inline(italic_star=self._italic_star, active=active)
        return inline.write(token.children or ())

    def _heading(self, index: int, _close: int) -> str:
        text = self._written(self._tokens[index + 1], active="*")
        return wrap("*", text)

    def _fence(self, index: int, _close: int) -> str:
        token = self._tokens[index]
        code, info = token.content.rstrip("\n"), token.info.strip()
        if not (code.strip() and _LANGUAGE.fullmatch(info)):
            code = "\n".join(filter(None, (info, code)))
        return f"```\n{code}\n```"

    def _quote(self, index: int, close: int) -> str:
        lines = self._blocks(index + 1, close).split("\n")
        return "\n".join(f"> {line}" for line in lines if line.strip())

    def _rule(self, _index: int, _close: int) -> str:
        return _RULE

    def _list(self, index: int, close: int) -> str:
        items = self._children(index, close, "list_item_open")
        markers = _markers([self._tokens[item] for item in items])
        text = ""
        for item, marker in zip(items, markers, strict=True):
            body = self._blocks(item + 1, self._close_of(item))
            lines = _LINE_START.sub("\n" + " " * len(marker), marker + body).rstrip()
            text += (self._gap(self._tokens[item]) if text else "") + lines
        return text

    def _children(self, index: int, close: int, kind: str) -> list[int]:
        level = self._tokens[index].level + 1
        inside = range(index + 1, close)
        return [
            at for at in inside if self._tokens[at].type == kind and self._tokens[at].level == level
        ]

    def _table(self, index: int, close: int) -> str:
        at = [n for n in range(index, close) if self._tokens[n].type == "tr_open"]
        header, *rows = [self._row(n, active="*" if n == at[0] else "") for n in at]
        if len(header) <= _WIDEST_ROW or not rows:
            lines = [wrap("*", _CELLS.join(filter(None, header))), *map(_joined, rows)]
            return "\n".join(filter(None, lines))
        return "\n\n".join(filter(None, (_card(header, row) for row in rows)))

    def _row(self, index: int, active: str) -> list[str]:
        """Write the cells of a row; one with more cells than the header has comes as written."""
        close = self._close_of(index)
        tokens = [token for token in self._tokens[index:close] if token.type == "inline"]
        cells = [self._written(token, active=active) for token in tokens]
        line = self._lines[(self._tokens[index].map or [0])[0]]
        if _words(line) <= _words(" ".join(token.content for token in tokens)):
            return cells
        return [line.strip(" \t|>")]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text))


def _joined(row: list[str]) -> str:
    return _CELLS.join(cell or "–" for cell in row) if any(row) else ""  # noqa: RUF001 - an empty cell


def _card(header: list[str], row: list[str]) -> str:
    """One row as lines of its own: more than three cells do not fit beside each other."""
    if len(row) < len(header):
        return row[0]
    pairs = zip(header, row, strict=True)
    return "\n".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _markers(items: list[Token]) -> list[str]:
    """Keep the author's numbers; a list that says 1. 1. 1. counts by itself, as in markdown."""
    numbers = [item.info for item in items]
    if len(numbers) > 1 and len(set(numbers)) == 1 and numbers[0]:
        numbers = [str(int(numbers[0]) + n) for n in range(len(numbers))]
    return [
        f"{number}{item.markup} " if number else "- "
        for number, item in zip(numbers, items, strict=True)
    ]
