"""Starting a conversation from a finished call: exactly once, however often the call is brought.

The monitor brings calls here, and so does ElevenLabs' webhook; both may bring the same one at the
same time, and either may be killed at any point. One transaction decides: it holds the call's
id, the state and the opener, together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from conversation.batches import Decision, Outcome, tellable
from conversation.contacts import contact_id_of
from conversation.doorbells import BellKind, Doorbell
from conversation.eligibility import Continue, Leave, Wait, Why, decide
from conversation.errors import Transient
from conversation.messages import Direction, Kind, Message, OutboundState
from conversation.openers import REMEDY, Occasion, Skip, client_name, opener_for
from conversation.pacing import Unpaced
from conversation.renewal import renewed
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.calls import Call
    from conversation.identifiers import CallId, ContactId, MessageKey
    from conversation.openers import Opener
    from conversation.pacing import Pace
    from conversation.signals import Signals
    from conversation.state import ConversationState
    from conversation.variables import StartSettings
    from conversation.words import Words

_TRIES: Final = 5
_NOBODY_IS_AWAITED: Final = frozenset({Skip.DRY_RUN, Skip.NOT_ALLOWED, Skip.OPTED_OUT})
"""Skipped for these reasons, an opener opens no socket: the person will hardly write."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that a start writes, together or not at all, where the state still is ``before``."""

    call_id: CallId
    before: ConversationState
    after: ConversationState
    opener: Message


@dataclass(frozen=True, slots=True)
class Begun:
    """It is stored now."""


@dataclass(frozen=True, slots=True)
class Known:
    """The call was started from before, with this opener (if it is still kept)."""

    contact_id: ContactId
    opener: Message | None


@dataclass(frozen=True, slots=True)
class Changed:
    """The state is another by now: read it, and decide again."""


class Starts(Protocol):
    """Where starts are kept. Every method raises ``Transient`` where the table does not answer."""

    def first_start(self, now: datetime) -> datetime:
        """When this deployment first ran: ``now`` where it was never asked before."""

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""

    def state(self, contact_id: ContactId) -> ConversationState:
        """The state as it is now; a new one for a person we never met."""

    def find(self, call_id: CallId) -> Known | None:
        """The start that ``call_id`` led to, if it did."""

    def begin(self, start: Start) -> Begun | Known | Changed:
        """Store ``start``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """The use case. Safe to use from several threads and processes at once.

    Raises ``Transient`` where nothing could be decided: the call is to be brought again.
    """

    settings: StartSettings
    words: Words
    pepper: str
    starts: Starts
    bells: Bells
    signals: Signals
    new_key: Callable[[], MessageKey]
    pace: Pace = field(default_factory=Unpaced)
    room: Callable[[], bool] = lambda: True
    """Whether the outbox takes another opener. Who finds none in it is brought again later."""

    def worth_bringing(self) -> bool:
        """Whether openers may be begun now; where not, each call would have to be brought again."""
        return self.pace.room() and self.room()

    def __call__(self, call: Call, now: datetime) -> Decision:
        """Continue ``call`` on WhatsApp, if it is one to be continued."""
        first_start = self.starts.first_start(now)
        match decide(call, settings=self.settings, first_start=first_start, now=now):
            case Continue():
                return self._start(call, now)
            case Wait(why):
                return Decision(Outcome.WAITING, why)
            case Leave(why):
                return self.leave(call.call_id, why)
            case never:
                assert_never(never)

    def leave(self, call_id: CallId | None, why: Why) -> Decision:
        """Not continue a call, unless that was done when it still could be."""
        known = self.starts.find(call_id) if call_id else None
        if known:
            return self._again(known)
        self.signals(Signal.CONVERSATION_NOT_STARTED, call_id=call_id, reason=why)
        return Decision(Outcome.NOT_STARTED, why)

    def _start(self, call: Call, now: datetime) -> Decision:
        contact_id = contact_id_of(call.number, self.pepper)
        contact_id = self.starts.behind(contact_id) or contact_id
        for _ in range(_TRIES):
            occasion = Occasion(call, self.starts.state(contact_id), self.settings, now)
            name = client_name(call.dynamic_variables, self.settings.name_variables)
            before = occasion.before
            opener = opener_for(
                occasion, name=name or before.client_name or before.profile_name, words=self.words
            )
            if opener.skip is None and (why := self._held_back(now)):
                return self._later(call, why)
            start = self._plan(occasion, opener)
            begun = self.starts.begin(start)
            if opener.skip is None and not isinstance(begun, Begun):
                self.pace.give_back()
            match begun:
                case Begun():
                    return self._begun(start, opener)
                case Known() as known:
                    return self._again(known)
                case Changed():
                    continue
                case never:
                    assert_never(never)
        raise Transient("the conversation kept changing", reason="contact_contended")

    def _held_back(self, now: datetime) -> Why | None:
        """Why no opener may be begun now; ``None``: one was taken from the day's."""
        if not self.room():
            return Why.OUTBOX_FULL
        return None if self.pace.take(now) else Why.DAILY_LIMIT

    def _later(self, call: Call, why: Why) -> Decision:
        """It waits, unless it was started before."""
        known = self.starts.find(call.call_id)
        return self._again(known) if known else Decision(Outcome.WAITING, why)

    def _plan(self, occasion: Occasion, opener: Opener) -> Start:
        contact_id = occasion.before.contact_id
        message = Message(
            contact_id=contact_id,
            message_key=self.new_key(),
            conversation_id=contact_id,
            direction=Direction.OUTBOUND,
            kind=Kind.OPENER,
            content=opener.content,
            state=OutboundState.SKIPPED if opener.skip else OutboundState.PENDING,
            reason=opener.skip,
            sent_at=occasion.now,
            content_sid=opener.content_sid,
            content_variables=opener.content_variables,
        )
        after = renewed(occasion, opener)
        return Start(
            call_id=occasion.call.call_id, before=occasion.before, after=after, opener=message
        )

    def _begun(self, start: Start, opener: Opener) -> Decision:
        contact_id, key = start.opener.contact_id, start.opener.message_key
        self.signals(
            Signal.CONVERSATION_STARTED,
            contact_id=contact_id,
            call_id=start.call_id,
            batch_id=start.after.batch_id,
            recipient_id=tellable(start.after.recipient_id),
            agent_id=start.after.agent_id,
            message_key=key,
        )
        if opener.skip is Skip.NEEDS_TEMPLATE:
            self.signals(Signal.OPENER_NEEDS_TEMPLATE, contact_id=contact_id, remedy=REMEDY)
        elif opener.skip:
            self.signals(Signal.OPENER_SKIPPED, contact_id=contact_id, reason=opener.skip)
        if opener.skip is None:
            self._ring(BellKind.OUTBOX, contact_id, key)
        if opener.skip not in _NOBODY_IS_AWAITED:
            self._ring(BellKind.INBOX, contact_id, key)
        return Decision(Outcome.STARTED, opener.skip, contact_id)

    def _again(self, known: Known) -> Decision:
        """Whoever stored it may have been killed before ringing."""
        opener = known.opener
        if opener and opener.state is OutboundState.PENDING:
            for kind in (BellKind.OUTBOX, BellKind.INBOX):
                self._ring(kind, known.contact_id, opener.message_key)
        return Decision(Outcome.STARTED, opener.reason if opener else None, known.contact_id)

    def _ring(self, kind: BellKind, contact_id: ContactId, key: MessageKey) -> None:
        """A ring that fails loses nothing: the sweeper rings for what is stored."""
        try:
            self.bells.ring(Doorbell(kind, contact_id, key))
        except Transient as error:
            self.signals(
                Signal.DOORBELL_FAILED, kind=kind, contact_id=contact_id, reason=error.reason
            )
