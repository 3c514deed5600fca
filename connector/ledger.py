"""The owner's book: what a contact's effects read and write in the tables, one call each.

Every method blocks, is safe to repeat, and raises ``Transient`` (come back), ``Fenced`` (another
owns the contact) or ``Defect``. What is to be sent is rung for here, as soon as it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.identifiers import MessageKey
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    Notice,
    part_key,
)
from conversation.signals import Signal
from conversation.turns import open_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connector.dialogue.words import SetAside, StoreAsk
    from connector.unsolicited import Unsolicited
    from conversation.answers import Answer
    from conversation.identifiers import AgentId, ContactId, SessionId, TurnKey
    from conversation.leases import Owner
    from conversation.signals import Signals
    from conversation.state import ConversationState, Gist, Status
    from conversation.turns import Counted, Turn
    from conversation.words import Words

_CHANGES_STATE: Final = frozenset({Kind.OPENER, Kind.OPT_IN, Kind.OPT_OUT})
"""What stands in the messages when the state has changed for the agent."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


class Contacts(Protocol):
    """The states and messages of contacts."""

    def touch(self, contact_id: ContactId, owner: Owner) -> ConversationState:
        """Make the contact ours, and read its state."""

    def read(self, contact_id: ContactId, oldest: MessageKey | None, least: int) -> list[Message]:
        """The newest messages, oldest first: back to ``oldest``, and at least ``least``."""

    def oldest_pending(self, shard: int) -> dict[ContactId, MessageKey]:
        """The oldest unfinished inbound key of each contact of a shard."""

    def opened(
        self,
        contact_id: ContactId,
        owner: Owner,
        session: SessionId,
        agent_id: AgentId,
        now: datetime,
    ) -> None:
        """Record the session."""

    def closed(self, contact_id: ContactId, owner: Owner) -> int:
        """Record that no socket is open any more. Returns how many messages there are."""

    def needs_attention(self, contact_id: ContactId, owner: Owner, reason: str) -> None:
        """Show the conversation to the operators."""


class Turns(Protocol):
    """The turns of contacts."""

    def ask(
        self,
        turn: Turn,
        owner: Owner,
        session: SessionId,
        known: Counted,
        now: datetime,
    ) -> bool:
        """Record that the turn is about to be asked."""

    def answer(self, answer: Answer, owner: Owner, now: datetime) -> tuple[MessageKey, ...]:
        """Commit what the agent said."""

    def give_up(self, turn: Turn, owner: Owner, notice: str, now: datetime) -> bool:
        """Fail the turn."""

    def set_aside(
        self,
        turn: Turn,
        owner: Owner,
        state: InboundState,
        reason: str,
        status: Status | None,
        now: datetime,
    ) -> bool:
        """End messages that will not be asked."""

    def notice(
        self, about: Message, notice: Notice, text: str, owner: Owner, now: datetime
    ) -> MessageKey | None:
        """Put a sentence of ours."""

    def unsolicited(self, message: Message, owner: Owner) -> bool:
        """Keep what the agent said unasked."""


@dataclass(frozen=True, slots=True)
class Known:
    """A contact's state as it was last touched, and the newest message at that time."""

    state: Gist
    newest: MessageKey | None = None

    def still_holds(self, messages: list[Message]) -> bool:
        """Whether nothing among ``messages`` tells that the state has changed since."""
        if self.state.opted_out or self.state.paused_until or not self.state.agent_id:
            return False
        later = (m for m in messages if self.newest is None or m.message_key > self.newest)
        return not any(message.kind in _CHANGES_STATE for message in later)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found."""

    state: Gist
    messages: tuple[Message, ...]

    @property
    def newest(self) -> MessageKey | None:
        """The key of the newest message."""
        return self.messages[-1].message_key if self.messages else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """See the module. One for a process; every method may run on any thread."""

    contacts: Contacts
    turns: Turns
    bells: Bells
    signals: Signals
    words: Words
    now: Callable[[], datetime]
    remembered: int
    """How many messages an agent is reminded of: each look reads as many."""

    def look(
        self,
        contact_id: ContactId,
        owner: Owner,
        oldest: MessageKey | None,
        known: Known | None,
        *,
        whole: bool,
        courteous: bool,
    ) -> Found | None:
        """Read the contact: one query where its state is known, a touch before it where not.

        ``whole``: a new session is to be told of the call, of which what is known may be without.

        ``courteous``: another connector is draining. A turn that it has asked is left to it, for
        touching the contact would fence it: ``None``, look again soon.
        """
        if known is None and courteous and self._is_asked(contact_id, oldest):
            return None
        if known is None or whole:
            return self._touch(contact_id, owner, oldest)
        messages = self.contacts.read(contact_id, oldest, self.remembered)
        if not known.still_holds(messages):
            return self._touch(contact_id, owner, oldest)
        return _found(known.state, messages)

    def pending(self, shard: int) -> dict[ContactId, MessageKey]:
        """What a new owner starts with."""
        return self.contacts.oldest_pending(shard)

    def ask(self, ask: StoreAsk, owner: Owner) -> bool:
        """Record the turn as asked. ``False``: something changed, touch again."""
        return self.turns.ask(ask.turn, owner, ask.session, ask.known, self.now())

    def answer(self, answer: Answer, owner: Owner) -> int:
        """Commit a text of the agent and ring. Returns how many messages were new."""
        keys = self.turns.answer(answer, owner, self.now())
        # Also where it was done before: the ring may have been lost with the acknowledgement.
        first = keys[0] if keys else part_key(answer.turn.key, answer.first_ordinal)
        self._ring(answer.turn.messages[0].contact_id, first)
        return len(keys)

    def notice(self, about: Message, notice: Notice, language: str | None, owner: Owner) -> bool:
        """Put a sentence of ours, once, and ring. Whether it was new."""
        text = self.words.notice(notice, language)
        key = self.turns.notice(about, notice, text, owner, self.now())
        if key is not None:
            self._ring(about.contact_id, key)
        return key is not None

    def give_up(self, turn: Turn, language: str | None, owner: Owner) -> bool:
        """Fail the turn, tell the person, and ring."""
        text = self.words.notice(Notice.GAVE_UP, language)
        done = self.turns.give_up(turn, owner, text, self.now())
        self._ring(turn.messages[0].contact_id, turn.messages[-1].message_key)
        return done

    def set_aside(self, aside: SetAside, language: str | None, owner: Owner) -> None:
        """End messages that will not be asked, and say so where a notice is due."""
        self.turns.set_aside(aside.turn, owner, aside.state, aside.reason, aside.status, self.now())
        if aside.notice is not None:
            self.notice(aside.turn.messages[-1], aside.notice, language, owner)

    def unsolicited(self, said: Unsolicited, owner: Owner) -> None:
        """Keep what the agent said unasked, in as many messages as it takes, and ring."""
        messages = said.messages(self.now())
        for message in messages:
            self.turns.unsolicited(message, owner)
        if messages and said.deliver:
            self._ring(said.contact_id, messages[0].message_key)

    def opened(
        self, contact_id: ContactId, owner: Owner, session: SessionId, agent_id: AgentId
    ) -> None:
        """Record the session."""
        self.contacts.opened(contact_id, owner, session, agent_id, self.now())

    def closed(self, contact_id: ContactId, owner: Owner) -> int:
        """Record its end. Returns how many messages the conversation has by now."""
        return self.contacts.closed(contact_id, owner)

    def needs_attention(self, contact_id: ContactId, owner: Owner, reason: str) -> None:
        """Show the conversation to the operators."""
        self.contacts.needs_attention(contact_id, owner, reason)

    def show_typing(self, contact_id: ContactId, turn: TurnKey) -> None:
        """Ask the sender to show that the agent is thinking. Best effort."""
        self.bells.ring(Doorbell(BellKind.TYPING, contact_id, MessageKey(turn)))

    def _touch(self, contact_id: ContactId, owner: Owner, oldest: MessageKey | None) -> Found:
        state = self.contacts.touch(contact_id, owner)
        return _found(state, self.contacts.read(contact_id, oldest, self.remembered))

    def _is_asked(self, contact_id: ContactId, oldest: MessageKey | None) -> bool:
        waiting = open_messages(self.contacts.read(contact_id, oldest, self.remembered))
        return any(message.state is InboundState.ASKED for message in waiting)

    def _ring(self, contact_id: ContactId, key: MessageKey) -> None:
        try:
            self.bells.ring(Doorbell(BellKind.OUTBOX, contact_id, key))
        except Transient as error:  # it is stored: the sweeper rings
            self.signals(
                Signal.DOORBELL_FAILED, contact_id=contact_id, message_key=key, reason=error.reason
            )


def _found(state: Gist, messages: list[Message]) -> Found:
    """The state, with the time of the newest message that a person wrote, if that is later."""
    written = [m.sent_at for m in messages if m.direction is Direction.INBOUND]
    last = max(
        [*written, *([state.last_inbound_at] if state.last_inbound_at else [])], default=None
    )
    if last != state.last_inbound_at:
        state = replace(state, last_inbound_at=last)
    return Found(state, tuple(messages))
