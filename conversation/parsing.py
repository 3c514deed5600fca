"""How the text of a setting becomes a value. A ``ValueError`` says what would be right."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from conversation.addresses import parse_address, parse_number
from conversation.errors import Refused
from conversation.signals import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

E = TypeVar("E", bound="StrEnum")
_REGION = re.compile(r"[a-z]+(-[a-z0-9]+)+\Z")
_TABLES = re.compile(r"[A-Za-z0-9_.-]+\Z")
_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_SENT_AS_IT_IS = re.compile(r"[\x20-\x7e]+\Z")


def optional(raw: str) -> str | None:
    """The text, or ``None`` where it is empty."""
    return raw or None


def words(raw: str) -> tuple[str, ...]:
    """A list separated by commas; blanks around each are not part of it."""
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def choice(options: type[E]) -> Callable[[str], E]:
    """One of the words of an enumeration."""

    def parse(raw: str) -> E:
        try:
            return options(raw.lower())
        except ValueError:
            raise ValueError(f"expected one of {', '.join(options)}") from None

    return parse


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number between ``least`` and ``most``."""

    def parse(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("expected a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"expected a number from {least} to {most}")
        return value

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A number between ``least`` and ``most``."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            raise ValueError("expected a number") from None
        if not least <= value <= most:
            raise ValueError(f"expected a number from {least} to {most}")
        return value

    return parse


def zero_or(least: float, most: float) -> Callable[[str], float]:
    """A number between ``least`` and ``most``; or 0, which means not at all."""
    among = number(0, most)

    def parse(raw: str) -> float:
        try:
            value = among(raw)
        except ValueError:
            value = -1
        if value and value < least:
            raise ValueError(f"expected 0, or a number from {least} to {most}")
        return value

    return parse


def switch(raw: str) -> bool:
    """Whether something is on."""
    if raw.lower() in {"yes", "true", "1", "on"}:
        return True
    if raw.lower() in {"no", "false", "0", "off"}:
        return False
    raise ValueError("expected yes or no")


def url(raw: str) -> str:
    """An http(s) address, without a slash at its end."""
    try:
        parts = urlsplit(raw)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is none
        good = False
    if not good or not _VISIBLE.match(raw):
        raise ValueError("expected a URL that begins with https:// or http://")
    return raw.rstrip("/")


def optional_url(raw: str) -> str | None:
    """A URL, or ``None`` where it is empty."""
    return url(raw) if raw else None


def queue_urls(raw: str) -> tuple[str, ...]:
    """The URLs of queues, separated by commas: at least one, and none twice."""
    given = words(raw)
    try:
        urls = {url(word) for word in given}
    except ValueError:
        urls = set()
    if not urls or len(urls) < len(given):
        raise ValueError("expected URLs separated by commas, none of them twice")
    return given


def region(raw: str) -> str:
    """An AWS region."""
    if not _REGION.match(raw):
        raise ValueError("expected a region such as eu-west-1")
    return raw


def table_prefix(raw: str) -> str:
    """What a name of a DynamoDB table may begin with."""
    if not _TABLES.match(raw):
        raise ValueError("expected letters, digits, dots, hyphens and underscores")
    return raw


def log_level(raw: str) -> str:
    """How loud what is logged must be."""
    if raw.upper() not in Level.__members__:
        raise ValueError(f"expected one of {', '.join(Level.__members__)}")
    return raw.upper()


def key(raw: str) -> str:
    """A secret that is sent in a header, as it is."""
    if not _SENT_AS_IT_IS.match(raw):
        raise ValueError("expected the key alone: no accents, no typographic quotes")
    return raw


def optional_key(raw: str) -> str | None:
    """Such a secret, or ``None`` where it is empty."""
    return key(raw) if raw else None


def whatsapp_sender(raw: str) -> str:
    """A WhatsApp sender as Twilio wants it; ``whatsapp:`` before the number may be left out."""
    try:
        return parse_address(raw).whatsapp
    except Refused:
        raise ValueError("expected a number such as +14155238886, in E.164") from None


def numbers(raw: str) -> tuple[str, ...]:
    """Phone numbers in E.164, separated by commas."""
    try:
        return tuple(parse_number(word).value for word in words(raw))
    except Refused:
        raise ValueError("expected numbers such as +573001234567, separated by commas") from None


def sid(prefix: str) -> Callable[[str], str]:
    """A Twilio SID that begins with ``prefix``."""

    def parse(raw: str) -> str:
        rest = raw[len(prefix) :]
        if not raw.startswith(prefix) or len(rest) != 32 or not _is_hex(rest):  # noqa: PLR2004 - a SID's length
            raise ValueError(f"expected {prefix} and 32 hexadecimal digits")
        return raw

    return parse


def templates(raw: str) -> dict[str, str]:
    """Content SIDs by agent and language: one SID, or a JSON object.

    Keys of the object, looked up in this order: ``agent/language``, ``agent``, ``language``, ``*``.
    """
    if not raw:
        return {}
    check = sid("HX")
    if not raw.startswith("{"):
        return {"*": check(raw)}
    try:
        given = json.loads(raw)
    except ValueError:
        raise ValueError("expected one HX… SID or a JSON object of them") from None
    return {str(key): check(str(value)) for key, value in given.items()}


def mapping(raw: str) -> dict[str, str]:
    """A JSON object whose values are texts."""
    try:
        given = json.loads(raw)
    except ValueError:
        raise ValueError("expected a JSON object") from None
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise ValueError("expected a JSON object whose values are texts")
    return {str(key): str(value) for key, value in given.items()}


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in text)
