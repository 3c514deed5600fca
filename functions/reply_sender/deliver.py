"""Sending what waits for one contact, the earliest first, and each message once.

Claim in the table, POST, record: a claim that nobody ends is looked for at Twilio before it is
sent anew (``seek``). Nothing goes out past a message whose end is not known: order is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, assert_never

from conversation.callbacks import callback_url
from conversation.delivery import Remedy, fault_of
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Defect, Transient
from conversation.outbox import (
    CLAIM_FRESH_S,
    Go,
    Hold,
    Outgoing,
    Rejected,
    Shut,
    Skip,
    claim_made,
    is_lost,
    judge,
    may_wait,
    needs_of,
)
from conversation.signals import Signal
from functions.reply_sender.steps import Done, Later, Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.messages import Message
    from conversation.outbox import Desk, Needs
    from conversation.signals import Signals, Value
    from conversation.state import ConversationState
    from functions.reply_sender.account import Account
    from functions.reply_sender.fail import Failing
    from functions.reply_sender.ports import Bells, Deliveries, Outbox, Pace, Twilio
    from functions.reply_sender.seek import Seeker

WINDOW_CLOSED: Final = 63016
ROUNDS: Final = 12
"""How often one contact is read anew for one doorbell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The use case. ``needed_s`` is what one message may take: no other is begun with less."""

    outbox: Outbox
    deliveries: Deliveries
    twilio: Twilio
    bells: Bells
    signals: Signals
    failing: Failing
    seeker: Seeker
    account: Account
    clock: Callable[[], datetime]
    pace: Pace
    callback_base_url: str | None
    sandbox: bool
    needed_s: float

    def serve(
        self, contact_id: ContactId, oldest: MessageKey, time_left: Callable[[], float]
    ) -> Done | Later:
        """Send all that may go out. Raises ``Transient`` where the tables do not answer."""
        for _ in range(ROUNDS):
            outcome = self._work_off(self.outbox.open(contact_id, oldest), time_left)
            if outcome is not Step.AGAIN:
                return outcome
        return Later()

    def _work_off(
        self, desk: Desk, time_left: Callable[[], float]
    ) -> Done | Later | Literal[Step.AGAIN]:
        for message in desk.unfinished:
            if time_left() < self.needed_s:
                return self._ring_again(message)
            step = self._see_to(message, desk)
            if step is not Step.NEXT:
                return step
        return Done()

    def _see_to(self, message: Message, desk: Desk) -> Step | Later | Done:
        if is_lost(message):
            return self.seeker.seek(message, desk, self.clock())
        now = self.clock()
        needs = needs_of(message, sandbox=self.sandbox)
        match judge(needs, desk.state, now):
            case Go():
                return self._send(message, desk.state, needs, now)
            case Skip(reason):
                return self._skip(message, reason)
            case Hold(reason):
                self._note(Signal.REPLY_POSTPONED, message, reason=reason)
                return Step.NEXT
            case Shut():
                return self.failing.fail(message, fault_of(WINDOW_CLOSED), desk.state, now)
            case never:
                assert_never(never)

    def _skip(self, message: Message, reason: str) -> Step:
        if not self.outbox.skip(message, reason):
            return Step.AGAIN
        self._note(Signal.REPLY_SKIPPED, message, reason=reason)
        return Step.NEXT

    def _send(
        self, message: Message, state: ConversationState, needs: Needs, now: datetime
    ) -> Step | Later | Done:
        if state.address is None:
            raise Defect("a message for someone without an address", reason="no_address")
        if may_wait(message, now) and self.account.is_held(now):
            self._note(Signal.REPLY_POSTPONED, message, reason="account_refused")
            return Done()
        message = replace(message, sent_to=state.address)
        claim, began = claim_made(now), self.pace.monotonic()
        if not self.outbox.claim(message, claim, needs, now):
            return Step.AGAIN
        self._note(Signal.REPLY_CLAIMED, message, attempts=message.attempts)
        if self._age_s(began, now) >= CLAIM_FRESH_S:
            self._note(Signal.REPLY_POSTPONED, message, reason="claim_stale")
            self.outbox.release(message, claim)
            return Step.AGAIN
        return self._post(message, claim, state, self._outgoing(message, state.address))

    def _age_s(self, began: float, now: datetime) -> float:
        """A process that was stopped may find either of its clocks stopped, too."""
        by_wall = (self.clock() - now).total_seconds()
        return max(by_wall, self.pace.monotonic() - began)

    def _post(
        self, message: Message, claim: str, state: ConversationState, outgoing: Outgoing
    ) -> Step | Later | Done:
        try:
            sid = self.twilio.send(outgoing)
        except Rejected as refusal:
            return self._refused(message, claim, state, refusal)
        except Transient as error:
            return self._broken(message, claim, error)
        return self._record(message, sid)

    def _record(self, message: Message, sid: MessageSid) -> Step:
        self.account.took()
        now = self.clock()
        waited_ms = round((now - message.sent_at).total_seconds() * 1000)
        if not self.outbox.sent(message, sid, now):
            self._compare(message, sid)
        self._note(Signal.REPLY_SENT, message, sid=sid, latency_ms=waited_ms)
        return Step.NEXT

    def _compare(self, message: Message, sid: MessageSid) -> None:
        """A callback may have come first, under this sid; under another, there are two of it."""
        stored = self.deliveries.find(message.contact_id, message.message_key)
        if stored and stored.twilio_message_id not in {None, sid}:
            self._note(Signal.DUPLICATE_SENT, message, sid=sid)

    def _refused(
        self, message: Message, claim: str, state: ConversationState, refusal: Rejected
    ) -> Step | Later | Done:
        fault = fault_of(refusal.code)
        if fault.remedy is Remedy.RETRY:  # it took nothing, and may take this very message later
            return self._release(message, claim, fault.reason, None)
        if fault.remedy is Remedy.HOLD and may_wait(message, self.clock()):
            return self._hold(message, claim, fault.reason, refusal.code)
        return self.failing.fail(
            message, fault, state, self.clock(), claim=claim, code=refusal.code
        )

    def _broken(self, message: Message, claim: str, error: Transient) -> Step | Later:
        if not error.may_have_happened:
            return self._release(message, claim, error.reason, error.retry_after_s)
        self._note(Signal.PROVIDER_FAILED, message, reason=error.reason, where="twilio")
        return self.seeker.wait()

    def _release(
        self, message: Message, claim: str, reason: str, retry_after_s: float | None
    ) -> Step | Later:
        self._note(Signal.REPLY_POSTPONED, message, reason=reason, retry_after_s=retry_after_s)
        self.outbox.release(message, claim)
        return Later(retry_after_s)

    def _hold(self, message: Message, claim: str, reason: str, code: int | None) -> Done:
        """No doorbell comes back for it: the sweeper rings each minute until it is mended."""
        self.account.refused(self.clock())
        self._note(Signal.SENDING_BLOCKED, message, reason=reason, code=code)
        self.outbox.release(message, claim)
        return Done()

    def _ring_again(self, message: Message) -> Done | Later:
        """The time of this invocation is up: another one goes on from here."""
        bell = Doorbell(BellKind.OUTBOX, message.contact_id, message.message_key)
        try:
            self.bells.ring(bell)
        except Transient:
            return Later(0)
        return Done()

    def _outgoing(self, message: Message, address: str) -> Outgoing:
        base = self.callback_base_url
        return Outgoing(
            to=address,
            body=message.content,
            content_sid=message.content_sid,
            content_variables=message.content_variables,
            status_callback=base and callback_url(base, message.contact_id, message.message_key),
        )

    def _note(self, signal: Signal, message: Message, **more: Value) -> None:
        self.signals(
            signal,
            contact_id=message.contact_id,
            message_key=message.message_key,
            kind=message.kind.value,
            **more,
        )
