"""Following a message at Twilio: its state only rises, however the reports come.

``delivery_status`` brings what Twilio calls back with, the sweeper what it had to ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conversation.delivery import Aftermath, Remedy, Template, aftermath, fault_of, state_after
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.messages import Direction, Message, OutboundState
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.callbacks import Report
    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.signals import Signals
    from conversation.state import ConversationState


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


class Deliveries(Protocol):
    """Where it is written how far a message is."""

    def find(self, contact_id: ContactId, key: MessageKey) -> Message | None:
        """The message, as it is now."""

    def conversation(self, contact_id: ContactId) -> ConversationState:
        """The conversation that it belongs to."""

    def advance(
        self, message: Message, state: OutboundState, sid: MessageSid, now: datetime
    ) -> bool:
        """Bring it forward and bind the sid; ``False``: it stands further, or under another."""

    def fail(
        self, message: Message, after: Aftermath, *, now: datetime, sid: MessageSid | None = None
    ) -> bool:
        """Write the failure and what follows from it; ``False``: it stands elsewhere now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """The use case. A report about what we do not know is noted, never answered with an error.

    ``template_for`` gives what may be sent to a person whose window is closed, if anything.
    """

    deliveries: Deliveries
    bells: Bells
    signals: Signals
    template_for: Callable[[ConversationState, datetime], Template | None]
    new_key: Callable[[], MessageKey]

    def track(self, report: Report, now: datetime) -> None:
        """Write what ``report`` tells, once and forward only. Raises ``Transient``."""
        state = state_after(report.status)
        message = self._message(report)
        if message is None or state is None:
            return self._note(report, None, "unknown_status" if message else "unknown_message")
        if self._is_duplicate(report, message):
            return None
        if state is OutboundState.FAILED:
            return self._fail(report, message, now)
        if self.deliveries.advance(message, state, report.sid, now):
            self._note(report, state, None)
            return self._ring_after(message)
        return self._stands_otherwise(report)

    def _message(self, report: Report) -> Message | None:
        if report.contact_id is None or report.key is None:
            return None
        found = self.deliveries.find(report.contact_id, report.key)
        return found if found and found.direction is Direction.OUTBOUND else None

    def _fail(self, report: Report, message: Message, now: datetime) -> None:
        fault = fault_of(report.error_code)
        template = self._template(message, now) if fault.remedy is Remedy.TEMPLATE else None
        after = aftermath(message, fault, template=template, new_key=self.new_key(), now=now)
        if not self.deliveries.fail(message, after, now=now, sid=report.sid):
            return self._stands_otherwise(report)
        self.signals(Signal.REPLY_FAILED, **_named(report), reason=fault.reason)
        if after.opts_out:
            self.signals(Signal.PERSON_OPTED_OUT, contact_id=report.contact_id, sid=report.sid)
        if after.successor is not None and after.ring:
            return self._ring(after.successor)
        return self._ring_after(message)

    def _template(self, message: Message, now: datetime) -> Template | None:
        return self.template_for(self.deliveries.conversation(message.contact_id), now)

    def _ring_after(self, message: Message) -> None:
        """Whoever waited for this one to be settled goes on with the next."""
        if message.state is OutboundState.CLAIMED:
            self._ring(message)

    def _ring(self, message: Message) -> None:
        bell = Doorbell(BellKind.OUTBOX, message.contact_id, message.message_key)
        try:
            self.bells.ring(bell)
        except Transient as error:
            self.signals(
                Signal.DOORBELL_FAILED,
                contact_id=message.contact_id,
                message_key=message.message_key,
                queue=BellKind.OUTBOX.value,
                reason=error.reason,
            )

    def _stands_otherwise(self, report: Report) -> None:
        """Nothing was written: an old report, a repeated one, or the proof of a second sending."""
        message = self._message(report)
        if message is None or not self._is_duplicate(report, message):
            self._note(report, None, "not_forward")

    def _is_duplicate(self, report: Report, message: Message) -> bool:
        """Whether one message went out under two sids: the person has it twice."""
        if message.twilio_message_id in {None, report.sid}:
            return False
        self.signals(Signal.DUPLICATE_SENT, **_named(report))
        return True

    def _note(self, report: Report, state: OutboundState | None, reason: str | None) -> None:
        self.signals(
            Signal.DELIVERY_UPDATED,
            **_named(report),
            state=state.value if state else None,
            reason=reason,
        )


def _named(report: Report) -> dict[str, str | int | None]:
    return {
        "contact_id": report.contact_id,
        "message_key": report.key,
        "sid": report.sid,
        "code": report.error_code,
        "status": report.status,
    }
