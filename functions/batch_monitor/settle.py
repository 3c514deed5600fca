"""Settling one finished call: continued, or not and why, or to be looked at again; recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from conversation.batches import SINGLE_CALLS, Decision, Outcome, tellable
from conversation.eligibility import Leave, Look, Wait, Why, foretell
from conversation.errors import Defect
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.batches import Recipient
    from conversation.calls import Call
    from conversation.identifiers import CallId
    from conversation.signals import Signals
    from conversation.variables import StartSettings

FAULTY: Final = "defect"


class Calls(Protocol):
    """Where calls are looked up."""

    def call(self, call_id: CallId) -> Call | Why:
        """The phone call of this id, or why it is none that could be continued."""


class Continuation(Protocol):
    """Who continues calls."""

    def __call__(self, call: Call, now: datetime) -> Decision:
        """Continue ``call``, if it is one to be continued."""

    def leave(self, call_id: CallId | None, why: Why) -> Decision:
        """Not continue it, unless that was done before."""


class Decisions(Protocol):
    """Where decisions are stored."""

    def record(
        self,
        batch_id: str,
        recipient_id: str,
        call_id: CallId | None,
        decision: Decision,
        now: datetime,
    ) -> None:
        """Store a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Safe to use from several threads. Raises ``Transient`` or ``Permanent``: nothing is lost."""

    settings: StartSettings
    calls: Calls
    continuation: Continuation
    decisions: Decisions
    signals: Signals
    clock: Callable[[], datetime]

    def recipient(self, batch_id: str, recipient: Recipient, first_start: datetime) -> bool:
        """Settle a recipient of a batch. Whether nothing remains to be decided."""
        now = self.clock()
        verdict = foretell(recipient, settings=self.settings, first_start=first_start, now=now)
        match verdict:
            case Wait():
                return False
            case Leave(why):
                decision = self.continuation.leave(recipient.call_id, why)
            case Look(call_id):
                decision = self._decided(self.calls.call(call_id), call_id, now)
            case never:
                assert_never(never)
        return self._record(batch_id, recipient.recipient_id, recipient.call_id, decision)

    def single(self, call_id: CallId) -> bool:
        """Settle a call that the list of conversations shows; it may be a batch's all the same."""
        found = self.calls.call(call_id)
        decision = self._decided(found, call_id, self.clock())
        if not isinstance(found, Why) and found.batch_id and found.recipient_id:
            self._record(found.batch_id, found.recipient_id, call_id, decision)
        return self._record(SINGLE_CALLS, call_id, call_id, decision)

    def _decided(self, found: Call | Why, call_id: CallId, now: datetime) -> Decision:
        """A call that we stumble over must not keep the others from being settled."""
        try:
            if isinstance(found, Why):
                return self.continuation.leave(call_id, found)
            return self.continuation(found, now)
        except Defect as defect:
            self.signals(Signal.DEFECT_FOUND, call_id=call_id, reason=defect.reason)
            return Decision(Outcome.NOT_STARTED, FAULTY)

    def _record(
        self, batch_id: str, recipient_id: str, call_id: CallId | None, decision: Decision
    ) -> bool:
        self.decisions.record(batch_id, recipient_id, call_id, decision, self.clock())
        if decision.outcome is Outcome.WAITING:
            return False
        self.signals(
            Signal.RECIPIENT_DECIDED,
            batch_id=batch_id,
            recipient_id=tellable(recipient_id),
            call_id=call_id,
            contact_id=decision.contact_id,
            status=decision.outcome,
            reason=decision.reason,
        )
        return True
