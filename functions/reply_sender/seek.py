"""Looking for a message that Twilio may or may not have taken.

Its sender got no answer, or is no more. A status callback binds it as soon as it comes. Failing
that, Twilio's list is asked: early, for what it shows is settled; and after a minute, and once more
some seconds later, for it lags, and only what nobody can still be sending may be sent anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.delivery import fault_of, state_after
from conversation.messages import OutboundState
from conversation.outbox import (
    EARLY_FOR_S,
    LOOK_AGAIN_S,
    claim_made,
    early_in_s,
    find_in,
    listed_since,
    look_at,
    may_resend,
    sought,
)
from conversation.signals import Signal
from conversation.variables import AmbiguousSend
from functions.reply_sender.steps import Later, Step

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.messages import Message
    from conversation.outbox import Desk, Listed
    from conversation.signals import Signals
    from functions.reply_sender.fail import Failing
    from functions.reply_sender.ports import Deliveries, Outbox, Twilio

WAIT_STEP_S: Final = EARLY_FOR_S
"""A doorbell that waits for a lost message comes back this often: a callback may have come."""

NOT_LISTED: Final = "not_listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """The use case. ``after_s`` is when a claim that nobody ended is looked into."""

    outbox: Outbox
    deliveries: Deliveries
    twilio: Twilio
    signals: Signals
    failing: Failing
    ambiguous: AmbiguousSend
    after_s: float

    def wait(self) -> Later:
        """Let the doorbell come back for a message whose end is not known."""
        return Later(min(WAIT_STEP_S, self.after_s))

    def seek(self, message: Message, desk: Desk, now: datetime) -> Step | Later:
        """Find out what became of ``message``. What is behind it waits as long."""
        due_in_s = (look_at(message, self.after_s) - now).total_seconds()
        early_s = early_in_s(message, now)
        if due_in_s > 0 and (early_s is None or early_s > 0):
            return Later(min(WAIT_STEP_S, due_in_s, early_s or WAIT_STEP_S))
        found = self._listed(message, desk)
        if found is not None:
            return self._found(message, found, desk, now)
        if due_in_s > 0:
            return Later(min(WAIT_STEP_S, due_in_s))
        if not sought(message):
            taken = self.outbox.take_over(message, claim_made(now))
            return Later(LOOK_AGAIN_S) if taken else Step.AGAIN
        return self._not_found(message)

    def _listed(self, message: Message, desk: Desk) -> Listed | None:
        address = message.sent_to or desk.state.address
        if address is None:
            return None
        listed = self.twilio.sent_to(address, listed_since(message))
        return find_in(message, desk, listed)

    def _found(self, message: Message, found: Listed, desk: Desk, now: datetime) -> Step:
        self._note(Signal.REPLY_FOUND, message, sid=found.sid)
        state = state_after(found.status) or OutboundState.SENT
        if state is OutboundState.FAILED:
            fault = fault_of(found.error_code)
            return self.failing.fail(
                message, fault, desk.state, now, sid=found.sid, code=found.error_code
            )
        moved = self.deliveries.advance(message, state, found.sid, now)
        return Step.NEXT if moved else Step.AGAIN

    def _not_found(self, message: Message) -> Step:
        if self.ambiguous is AmbiguousSend.RESEND and may_resend(message):
            self._note(Signal.REPLY_POSTPONED, message, reason=NOT_LISTED)
            self.outbox.resend(message)
            return Step.AGAIN
        if not self.outbox.unsure(message, NOT_LISTED):
            return Step.AGAIN
        self._note(Signal.REPLY_UNSURE, message, reason=NOT_LISTED)
        return Step.NEXT

    def _note(
        self, signal: Signal, message: Message, *, reason: str | None = None, sid: str | None = None
    ) -> None:
        self.signals(
            signal,
            contact_id=message.contact_id,
            message_key=message.message_key,
            attempts=message.attempts,
            reason=reason,
            sid=sid,
        )
