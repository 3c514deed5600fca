"""What pages show: records without whole numbers, ready to be drawn or written as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from conversation import window
from conversation.addresses import parse_address
from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.leases import Lease
    from conversation.messages import Message
    from conversation.overview import Reported, Row, Socket
    from conversation.state import ConversationState


class Tab(StrEnum):
    """The lists of conversations. All but the first are statuses, by the same word."""

    LATE = "late"
    """Who has waited for more than 15 s."""
    NEEDS_ATTENTION = "needs_attention"
    ACTIVE = "active"
    AGENT_THINKING = "agent_thinking"
    WAITING_PERSON = "waiting_person"
    CLOSED = "closed"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """One message."""

    key: str
    at: datetime
    direction: str
    kind: str
    text: str
    state: str
    reason: str | None
    latency_ms: int | None
    attempts: int
    turn: str | None
    session: str | None
    delivered_at: datetime | None
    sid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One conversation in a list."""

    contact_id: str
    name: str | None
    number: str | None
    status: str
    reason: str | None
    messages: int
    at: datetime | None
    window_closes_at: datetime | None
    last: ShownMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """A page of a list."""

    tab: str
    rows: tuple[ShownRow, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSocket:
    """One open socket."""

    contact_id: str
    number: str | None
    agent_id: str | None
    session: str | None
    shard: int
    connector: str | None
    opened_at: datetime
    live: bool
    state: str | None = None
    """The session's own, and what follows: as its owner last told; ``None`` where it has not."""
    ping_at: datetime | None = None
    turns: int | None = None
    reconnects: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a person's timeline."""

    at: datetime
    about: str
    """turn, message, socket, command, audit or call."""
    what: str
    details: Mapping[str, str]
    text: str | None = None
    parts: tuple[Happening, ...] = ()
    """The messages of a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """One session of the agent's; ``why`` it was closed, where it was."""

    session: str
    opened_at: datetime | None
    closed_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """All that a person's page tells."""

    contact_id: str
    name: str | None
    number: str | None
    status: str
    reason: str | None
    opted_out: bool
    agent_id: str | None
    batch_id: str | None
    started_at: datetime | None
    window_closes_at: datetime | None
    window_open: bool
    session: str | None
    session_opened_at: datetime | None
    socket_open: bool
    shard: int
    message_count: int
    call_id: str | None
    call_ended_at: datetime | None
    call_duration_secs: int | None
    call_summary: str | None
    dynamic_variables: Mapping[str, object]
    calls_before: int
    failed_turn: bool
    messages: tuple[ShownMessage, ...]
    older: str | None
    sessions: tuple[ShownSession, ...]
    timeline: tuple[Happening, ...]


def masked(number: str | None) -> str | None:
    """A number as anyone may see it."""
    try:
        return parse_address(number).masked if number else None
    except Refused:
        return None


def message(record: Message) -> ShownMessage:
    """One message, as it is drawn."""
    return ShownMessage(
        key=record.message_key,
        at=record.sent_at,
        direction=record.direction.value,
        kind=record.kind.value,
        text=record.content,
        state=record.state.value,
        reason=record.reason,
        latency_ms=record.latency_ms,
        attempts=record.attempts,
        turn=record.turn,
        session=record.session,
        delivered_at=record.delivered_at,
        sid=record.twilio_message_id,
    )


def row(record: Row, last: Message | None) -> ShownRow:
    """One conversation in a list."""
    inbound = record.last_inbound_at
    return ShownRow(
        contact_id=record.contact_id,
        name=record.client_name,
        number=masked(record.phone_number),
        status=record.status.value,
        reason=record.reason,
        messages=record.message_count,
        at=record.last_message_at,
        window_closes_at=window.closes_at(inbound) if inbound else None,
        last=message(last) if last else None,
    )


def socket(record: Socket, lease: Lease, told: Reported | None, asked_at: datetime) -> ShownSocket:
    """One socket; it is live while the epoch it was opened under is its shard's."""
    pinged = told.ping_s if told else None
    return ShownSocket(
        contact_id=record.contact_id,
        number=masked(record.phone_number),
        agent_id=record.agent_id,
        session=record.session,
        shard=record.shard,
        connector=lease.owner,
        opened_at=record.opened_at,
        live=lease.owner is not None and record.epoch == lease.epoch,
        state=told.state if told else None,
        ping_at=None if pinged is None else asked_at - timedelta(seconds=pinged),
        turns=told.turns if told else None,
        reconnects=max(0, told.sessions - 1) if told else None,
    )


def whole_number(state: ConversationState) -> str | None:
    """The number unmasked: only for who may see it, and after that is recorded."""
    return state.phone_number or state.address
