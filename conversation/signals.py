"""What happened, by name: every log event of Hilo, declared once.

An event is a name in the past tense and keys: ids, numbers, reasons. Never a text and never a
phone number (law 6); ``Signals`` refuses keys that are not declared here.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, Protocol


class Signal(StrEnum):
    """The events. The first word says whom it is about."""

    # from a person to the table
    MESSAGE_STORED = "message_stored"
    MESSAGE_REPEATED = "message_repeated"
    WEBHOOK_REFUSED = "webhook_refused"
    PERSON_OPTED_OUT = "person_opted_out"
    PERSON_OPTED_IN = "person_opted_in"
    # doorbells
    DOORBELL_RUNG = "doorbell_rung"
    DOORBELL_FAILED = "doorbell_failed"
    DOORBELL_TAKEN = "doorbell_taken"
    DOORBELL_REFUSED = "doorbell_refused"
    ITEM_UNREADABLE = "item_unreadable"
    # calls and starts
    BATCH_SEEN = "batch_seen"
    RECIPIENT_DECIDED = "recipient_decided"
    CONVERSATION_STARTED = "conversation_started"
    CONVERSATION_NOT_STARTED = "conversation_not_started"
    OPENER_SKIPPED = "opener_skipped"
    OPENER_NEEDS_TEMPLATE = "opener_needs_template"
    # the connector
    CONNECTOR_WAITING = "connector_waiting"
    KEY_ROTATED = "key_rotated"
    CONNECTOR_STARTED = "connector_started"
    CONNECTOR_COUNTED = "connector_counted"
    CONNECTOR_DRAINING = "connector_draining"
    CONNECTOR_STOPPED = "connector_stopped"
    SHARD_TAKEN = "shard_taken"
    SHARD_LOST = "shard_lost"
    SHARD_RELEASED = "shard_released"
    SOCKET_DIALED = "socket_dialed"
    SOCKET_OPENED = "socket_opened"
    SOCKET_REFUSED = "socket_refused"
    SOCKET_LOST = "socket_lost"
    SOCKET_CLOSED = "socket_closed"
    CONVERSATION_RESTED = "conversation_rested"
    FRAME_IGNORED = "frame_ignored"
    FRAME_MALFORMED = "frame_malformed"
    TOOL_REFUSED = "tool_refused"
    AGENT_MISCONFIGURED = "agent_misconfigured"
    BREAKER_OPENED = "breaker_opened"
    EAGER_OPENING_PAUSED = "eager_opening_paused"
    EAGER_OPENING_RESUMED = "eager_opening_resumed"
    # a turn
    TURN_ASKED = "turn_asked"
    TURN_ANSWERED = "turn_answered"
    TURN_ENDED = "turn_ended"
    TURN_UNANSWERED = "turn_unanswered"
    TURN_GIVEN_UP = "turn_given_up"
    ANSWER_SLOW = "answer_slow"
    ANSWER_STORED = "answer_stored"
    ANSWER_UNSOLICITED = "answer_unsolicited"
    NOTICE_STORED = "notice_stored"
    COMMIT_FENCED = "commit_fenced"
    MESSAGE_EXPIRED = "message_expired"
    FLOOD_STOPPED = "flood_stopped"
    # from the table to a person
    REPLY_CLAIMED = "reply_claimed"
    REPLY_SENT = "reply_sent"
    REPLY_FAILED = "reply_failed"
    REPLY_SKIPPED = "reply_skipped"
    REPLY_POSTPONED = "reply_postponed"
    REPLY_UNSURE = "reply_unsure"
    SENDING_BLOCKED = "sending_blocked"
    REPLY_FOUND = "reply_found"
    DELIVERY_UPDATED = "delivery_updated"
    DUPLICATE_SENT = "duplicate_sent"
    # the safety nets
    SWEEP_FINISHED = "sweep_finished"
    MESSAGE_RECONCILED = "message_reconciled"
    # operators
    OPERATORS_TOLD = "operators_told"
    OPERATORS_NOT_TOLD = "operators_not_told"
    QUEUE_MEASURED = "queue_measured"
    # faults
    PROVIDER_FAILED = "provider_failed"
    DEFECT_FOUND = "defect_found"


class Level(IntEnum):
    """How loud an event is; the numbers are those of Python's logging."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


WARNINGS: Final = frozenset(
    {
        Signal.WEBHOOK_REFUSED, Signal.DOORBELL_FAILED, Signal.DOORBELL_REFUSED,
        Signal.OPENER_NEEDS_TEMPLATE, Signal.SHARD_LOST, Signal.SOCKET_REFUSED,
        Signal.SOCKET_LOST, Signal.FRAME_MALFORMED, Signal.TURN_UNANSWERED, Signal.ANSWER_SLOW,
        Signal.COMMIT_FENCED, Signal.REPLY_POSTPONED, Signal.REPLY_UNSURE,
        Signal.MESSAGE_EXPIRED, Signal.PROVIDER_FAILED, Signal.EAGER_OPENING_PAUSED,
        Signal.OPERATORS_NOT_TOLD,
    }
)  # fmt: skip
ERRORS: Final = frozenset(
    {
        Signal.AGENT_MISCONFIGURED, Signal.TURN_GIVEN_UP, Signal.REPLY_FAILED,
        Signal.DUPLICATE_SENT, Signal.DEFECT_FOUND, Signal.BREAKER_OPENED,
    }
)  # fmt: skip
"""What someone should look at soon, and at once. All the rest is for information."""

_LEVELS: Final = dict.fromkeys(WARNINGS, Level.WARNING) | dict.fromkeys(ERRORS, Level.ERROR)


def level_of(signal: Signal) -> Level:
    """How loud it is."""
    return _LEVELS.get(signal, Level.INFO)


Value = str | int | float | bool | None

KEYS: Final = frozenset(
    {
        "age_s", "agent_id", "answered", "attempts", "batch_id", "call_id", "code", "command",
        "connector", "contact_id", "count", "duration_ms", "epoch", "error", "event_id",
        "event_type", "kind", "latency_ms", "message_key", "parts", "queue", "reason",
        "recipient_id", "remedy", "retry_after_s", "session", "shard", "sid", "state", "status",
        "tool", "turn", "where",
    }
)  # fmt: skip
"""The words an event may be told with."""


class Signals(Protocol):
    """Where events go. Implementations add the time, the service and the request's id."""

    def __call__(self, signal: Signal, /, **keys: Value) -> None:
        """Record that ``signal`` happened. Never raises and never blocks for long."""


def undeclared(keys: dict[str, Value]) -> set[str]:
    """The keys that no event may carry: a test and the adapter ask this."""
    return set(keys) - KEYS


class Recorded(list[tuple[Signal, dict[str, Value]]]):
    """A ``Signals`` that remembers, for tests."""

    def __call__(self, signal: Signal, /, **keys: Value) -> None:
        """Remember the event."""
        self.append((signal, keys))

    def names(self) -> list[Signal]:
        """What happened, in order."""
        return [signal for signal, _ in self]
