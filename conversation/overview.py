"""What operators see: rows, pages and counts, as the tables give them. Pure records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.messages import Direction, InboundState, OutboundState
    from conversation.state import Status

T = TypeVar("T")

COUNTED_UP_TO: Final = 1000
"""A list is counted no further: a count reads what it counts."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list. ``cursor`` is where the next page begins; ``None`` at the end."""

    items: tuple[T, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation as a list shows it."""

    contact_id: ContactId
    status: Status
    client_name: str | None = None
    phone_number: str | None = None
    agent_id: str | None = None
    message_count: int = 0
    last_message_at: datetime | None = None
    last_message_key: MessageKey | None = None
    last_inbound_at: datetime | None = None
    opted_out: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that a connector recorded as open, under the epoch it then had."""

    contact_id: ContactId
    phone_number: str | None
    agent_id: str | None
    session: str | None
    shard: int
    epoch: int
    opened_at: datetime


REPORTED_MOST: Final = 200
"""Sockets of a shard that a report tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A socket as its holder knows it. Ages are in seconds, as of the report."""

    contact_id: ContactId
    state: str
    age_s: float
    ping_s: float | None
    turns: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a shard's owner was asked to tell of its sockets, and told if it has."""

    asked_at: datetime
    done: bool
    sockets: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class SocketEvent:
    """What happened on a socket."""

    at: datetime
    shard: int
    event: str
    contact_id: str | None
    session: str | None
    reason: str | None
    code: int | None
    connector: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """What the numbers of a day are counted from."""

    at: datetime
    direction: Direction
    state: InboundState | OutboundState
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class Hour:
    """What was counted of one hour. ``latencies`` are the agent's answer times in ms, sorted."""

    begins: datetime
    received: int = 0
    sent: int = 0
    failed: int = 0
    latencies: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Audited:
    """Who did what, to whom, and when."""

    at: datetime
    key: MessageKey
    who: str
    action: str
    target: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked of a connector, and what became of it."""

    at: datetime
    command: str
    asked_by: str | None
    done_at: datetime | None
    outcome: str | None
