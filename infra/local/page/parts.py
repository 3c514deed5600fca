"""Which parts of Hilo take part in each event: the lights of the diagram."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.doorbells import BellKind
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(StrEnum):
    """The parts that the diagram shows."""

    TWILIO = "twilio"
    WEBHOOK = "webhook"
    STATUS = "status"
    INBOX = "inbox"
    OUTBOX = "outbox"
    TABLE = "table"
    CONNECTOR = "connector"
    AGENT = "agent"
    MONITOR = "monitor"
    SENDER = "sender"


_CONNECTOR: Final = (Part.CONNECTOR,)
_SOCKET: Final = (Part.CONNECTOR, Part.AGENT)
_STORED: Final = (Part.CONNECTOR, Part.TABLE)
_STARTED: Final = (Part.MONITOR, Part.TABLE)

PARTS: Final[Mapping[Signal, tuple[Part, ...]]] = {
    Signal.MESSAGE_STORED: (Part.WEBHOOK, Part.TWILIO, Part.TABLE),
    Signal.MESSAGE_REPEATED: (Part.WEBHOOK, Part.TWILIO),
    Signal.WEBHOOK_REFUSED: (Part.WEBHOOK,),
    Signal.PERSON_OPTED_OUT: (Part.WEBHOOK, Part.TABLE),
    Signal.PERSON_OPTED_IN: (Part.WEBHOOK, Part.TABLE),
    Signal.DOORBELL_RUNG: (Part.INBOX,),
    Signal.DOORBELL_FAILED: (Part.INBOX,),
    Signal.DOORBELL_TAKEN: (Part.INBOX, Part.CONNECTOR),
    Signal.DOORBELL_REFUSED: (Part.INBOX,),
    Signal.ITEM_UNREADABLE: (Part.TABLE,),
    Signal.BATCH_SEEN: (Part.MONITOR,),
    Signal.RECIPIENT_DECIDED: (Part.MONITOR,),
    Signal.CONVERSATION_STARTED: _STARTED,
    Signal.CONVERSATION_NOT_STARTED: (Part.MONITOR,),
    Signal.OPENER_SKIPPED: _STARTED,
    Signal.OPENER_NEEDS_TEMPLATE: _STARTED,
    Signal.CONNECTOR_WAITING: _CONNECTOR,
    Signal.KEY_ROTATED: _CONNECTOR,
    Signal.CONNECTOR_STARTED: _CONNECTOR,
    Signal.CONNECTOR_DRAINING: _CONNECTOR,
    Signal.CONNECTOR_STOPPED: _CONNECTOR,
    Signal.SHARD_TAKEN: _STORED,
    Signal.CONNECTOR_COUNTED: (Part.CONNECTOR,),
    Signal.EAGER_OPENING_PAUSED: (Part.CONNECTOR,),
    Signal.EAGER_OPENING_RESUMED: (Part.CONNECTOR,),
    Signal.SHARD_LOST: _STORED,
    Signal.SHARD_RELEASED: _STORED,
    Signal.SOCKET_DIALED: _SOCKET,
    Signal.SOCKET_OPENED: _SOCKET,
    Signal.SOCKET_REFUSED: _SOCKET,
    Signal.SOCKET_LOST: _SOCKET,
    Signal.SOCKET_CLOSED: _SOCKET,
    Signal.CONVERSATION_RESTED: _CONNECTOR,
    Signal.FRAME_IGNORED: _SOCKET,
    Signal.FRAME_MALFORMED: _SOCKET,
    Signal.TOOL_REFUSED: _SOCKET,
    Signal.AGENT_MISCONFIGURED: _SOCKET,
    Signal.BREAKER_OPENED: _SOCKET,
    Signal.TURN_ASKED: _SOCKET,
    Signal.TURN_ANSWERED: (Part.AGENT, Part.CONNECTOR),
    Signal.TURN_ENDED: _CONNECTOR,
    Signal.TURN_UNANSWERED: _SOCKET,
    Signal.TURN_GIVEN_UP: _STORED,
    Signal.ANSWER_SLOW: _SOCKET,
    Signal.ANSWER_STORED: _STORED,
    Signal.ANSWER_UNSOLICITED: (Part.AGENT, Part.CONNECTOR),
    Signal.NOTICE_STORED: _STORED,
    Signal.COMMIT_FENCED: _STORED,
    Signal.FLOOD_STOPPED: _STORED,
    Signal.MESSAGE_EXPIRED: _STORED,
    Signal.REPLY_CLAIMED: (Part.SENDER, Part.OUTBOX, Part.TABLE),
    Signal.REPLY_SENT: (Part.SENDER, Part.TWILIO),
    Signal.REPLY_FAILED: (Part.SENDER, Part.TWILIO),
    Signal.REPLY_SKIPPED: (Part.SENDER, Part.TABLE),
    Signal.REPLY_POSTPONED: (Part.SENDER, Part.TWILIO),
    Signal.REPLY_UNSURE: (Part.SENDER, Part.TWILIO),
    Signal.SENDING_BLOCKED: (Part.SENDER, Part.TWILIO),
    Signal.REPLY_FOUND: (Part.SENDER, Part.TWILIO),
    Signal.DELIVERY_UPDATED: (Part.STATUS, Part.TWILIO, Part.TABLE),
    Signal.DUPLICATE_SENT: (Part.STATUS,),
    Signal.SWEEP_FINISHED: (Part.TABLE,),
    Signal.MESSAGE_RECONCILED: (Part.TABLE, Part.TWILIO),
    Signal.QUEUE_MEASURED: (Part.TABLE,),
    Signal.OPERATORS_TOLD: (Part.TABLE,),
    Signal.OPERATORS_NOT_TOLD: (Part.TABLE,),
    Signal.PROVIDER_FAILED: (),
    Signal.DEFECT_FOUND: (),
}
"""The first is where it happens, the others are touched by it."""

SERVICES: Final[Mapping[str, Part]] = {
    "twilio_webhook": Part.WEBHOOK,
    "delivery_status": Part.STATUS,
    "batch_monitor": Part.MONITOR,
    "post_call_webhook": Part.MONITOR,
    "reply_sender": Part.SENDER,
    "sweeper": Part.TABLE,
    "operator_alerts": Part.TABLE,
    "connector": Part.CONNECTOR,
}
"""Where a process stands in the diagram."""

FAULTS: Final = frozenset({Signal.PROVIDER_FAILED, Signal.DEFECT_FOUND})
_TO_THE_SENDER: Final = frozenset({BellKind.OUTBOX.value, BellKind.TYPING.value})
_BELLS: Final = frozenset(
    {
        Signal.DOORBELL_RUNG,
        Signal.DOORBELL_FAILED,
        Signal.DOORBELL_TAKEN,
        Signal.DOORBELL_REFUSED,
    }
)


def parts_of(signal: Signal, service: str, facts: Mapping[str, str]) -> tuple[Part, ...]:
    """The parts that light up; a bell is the one that was named."""
    if signal in FAULTS:
        return (SERVICES.get(service, Part.TABLE),)
    if signal in _BELLS and {facts.get("queue"), facts.get("kind")} & _TO_THE_SENDER:
        return (Part.OUTBOX, Part.SENDER) if signal is Signal.DOORBELL_TAKEN else (Part.OUTBOX,)
    return PARTS[signal]
