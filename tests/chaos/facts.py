"""What the simulators saw, as facts: nothing here comes from our own tables or logs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"#tok-p(\d+)-(\d+)")
"""``#tok-p<person>-<n>``: who wrote it can be read from the token itself."""


def token_of(person: int, n: int) -> str:
    return f"#tok-p{person}-{n}"


def tokens_in(text: str) -> frozenset[str]:
    return frozenset(found[0] for found in TOKEN.finditer(text))


def author_of(token: str) -> int:
    found = TOKEN.fullmatch(token)
    assert found is not None, token
    return int(found[1])


def order_of(token: str) -> int:
    """The how-manieth of its author it is."""
    found = TOKEN.fullmatch(token)
    assert found is not None, token
    return int(found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """A person wrote. ``accepted_at`` is when our webhook first said 200, if it ever did."""

    person: int
    at: float
    body: str
    accepted_at: float | None = None

    @property
    def tokens(self) -> frozenset[str]:
        return tokens_in(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Twilio accepted this for a person, whatever it answered to us."""

    person: int
    at: float
    sid: str
    body: str
    callback: str = ""
    template: bool = False
    failed: bool = False

    @property
    def tokens(self) -> frozenset[str]:
        return tokens_in(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The agent was asked this in a session."""

    session: str
    at: float
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A connector was killed while it held these shards."""

    at: float
    shards: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that happened, for the checker."""

    wrote: tuple[Wrote, ...] = ()
    sent: tuple[Sent, ...] = ()
    asked: tuple[Asked, ...] = ()
    kills: tuple[Killed, ...] = ()
    called: frozenset[int] = field(default_factory=frozenset)
    """Whom a batch called, and who did not write before: each is owed exactly one opener."""
