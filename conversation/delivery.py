"""What Twilio says of a message on its way, and what to do about it.

The sender asks for what the REST API refuses at once, ``delivery_status`` for what a callback
tells later: both read the one table of ``conversation.faults``, which is to be had here.
Source of the statuses: Twilio, "Track outbound message status".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from conversation.faults import TWILIO_ERRORS, UNKNOWN_ERROR, Fault, Remedy, fault_of
from conversation.identifiers import MessageKey
from conversation.messages import Direction, Kind, Message, OutboundState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "MAX_ATTEMPTS",
    "STATUSES",
    "TEMPLATE_ORDINAL",
    "TWILIO_ERRORS",
    "UNKNOWN_ERROR",
    "Aftermath",
    "Fault",
    "Remedy",
    "Template",
    "aftermath",
    "fault_of",
    "state_after",
    "template_key",
]

STATUSES: Final[Mapping[str, OutboundState]] = {
    # SENT is "Twilio has it": our id came back, which proves that it was accepted.
    "accepted": OutboundState.SENT,
    "scheduled": OutboundState.SENT,
    "queued": OutboundState.SENT,
    "sending": OutboundState.SENT,
    "sent": OutboundState.SENT,
    "partially_delivered": OutboundState.SENT,
    "delivered": OutboundState.DELIVERED,
    "read": OutboundState.READ,
    "failed": OutboundState.FAILED,
    "undelivered": OutboundState.FAILED,
    "canceled": OutboundState.FAILED,
}
"""Twilio's status of an outbound message → ours. Callbacks come unordered, twice, or not at all."""


def state_after(status: str) -> OutboundState | None:
    """The state that Twilio's ``status`` proves; ``None`` for one that we do not know."""
    return STATUSES.get(status.lower())


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template, filled in for one person. ``text`` is what our tables show of it."""

    content_sid: str
    content_variables: str
    text: str


TEMPLATE_ORDINAL: Final = "998"
"""The ordinal of the template that stands in for free text which the window refused."""

MAX_ATTEMPTS: Final = 4
"""A message that failed for a passing reason is sent anew below this many attempts."""

_WORTH_ANOTHER: Final = frozenset({Kind.OPENER, Kind.REPLY, Kind.OPERATOR})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What follows from a failed message, to be stored in one transaction with the failure.

    The failure's own condition lets that happen once; the successor is put if absent.
    """

    fault: Fault
    successor: Message | None = None
    ring: bool = False
    """Whether the successor is to be sent at once; else it waits for the sweeper's ring."""

    @property
    def opts_out(self) -> bool:
        """Whether the person is to be left alone from now on."""
        return self.fault.remedy is Remedy.OPT_OUT

    @property
    def alarms(self) -> bool:
        """Whether someone must mend something before such a message can go through."""
        return self.fault.remedy in {Remedy.ALARM, Remedy.HOLD} or (
            self.fault.remedy is Remedy.TEMPLATE and self.successor is None
        )


def aftermath(
    message: Message,
    fault: Fault,
    *,
    template: Template | None,
    new_key: MessageKey,
    now: datetime,
) -> Aftermath:
    """What to do about ``message``, which Twilio refused for good, or took and then failed.

    ``template`` is what may be sent outside the window, if any is configured: at most one a turn,
    and never for a notice or in place of another template. ``new_key`` is a fresh ULID, the key of
    a message that is sent anew. A refusal that surely took nothing (429) is not for here: that
    same item is sent again.
    """
    if message.kind not in _WORTH_ANOTHER:
        return Aftermath(fault)
    if fault.remedy is Remedy.TEMPLATE and template and not message.content_sid:
        return Aftermath(fault, _templated(message, template, now), ring=True)
    if fault.remedy is Remedy.RETRY and message.attempts < MAX_ATTEMPTS:
        # Not rung for: what passes takes its time, and the sweeper comes every minute.
        return Aftermath(fault, _resent(message, new_key, now))
    return Aftermath(fault)


def template_key(key: MessageKey) -> MessageKey:
    """The key of the template that stands in for ``key``: one for all the parts of a turn."""
    return MessageKey(f"{key.partition('~')[0]}~{TEMPLATE_ORDINAL}")


def _templated(message: Message, template: Template, now: datetime) -> Message:
    return replace(
        _resent(message, template_key(message.message_key), now),
        kind=Kind.OPENER,
        content=template.text,
        content_sid=template.content_sid,
        content_variables=template.content_variables,
    )


def _resent(message: Message, key: MessageKey, now: datetime) -> Message:
    return Message(
        contact_id=message.contact_id,
        message_key=key,
        conversation_id=message.conversation_id,
        direction=Direction.OUTBOUND,
        kind=message.kind,
        content=message.content,
        state=OutboundState.PENDING,
        sent_at=now,
        turn=message.turn,
        session=message.session,
        attempts=message.attempts + 1,
        content_sid=message.content_sid,
        content_variables=message.content_variables,
    )
