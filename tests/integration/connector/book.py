"""The tables as the ledger sees them, in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

from conversation.answers import Standing
from conversation.errors import Fenced, Transient
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    OutboundState,
    notice_key,
)
from conversation.state import ConversationState


class Book:
    """A ``ledger.Contacts`` and a ``ledger.Turns``, and what a test wants to know of them."""

    def __init__(self):
        self._lock = threading.RLock()
        self.states = {}
        self.messages = {}
        self.epochs = {}
        self.calls = []
        self.rung = []
        self.rows = []
        self.failures = []

    # -- what a test does ------------------------------------------------------------------------

    def know(self, contact, **known):
        self.states[contact] = ConversationState(contact_id=contact, **known)

    def write(self, contact, key, text, kind=Kind.MESSAGE):
        with self._lock:
            now = datetime.now(UTC)
            self.states[contact] = replace(self.states[contact], last_inbound_at=now)
            self.messages[contact, key] = Message(
                contact_id=contact, message_key=key, conversation_id=contact,
                direction=Direction.INBOUND, kind=kind, content=text,
                state=InboundState.NEW, sent_at=now,
            )  # fmt: skip

    def said(self, contact, kind=Kind.REPLY):
        with self._lock:
            return [
                m.content for (c, _), m in sorted(self.messages.items())
                if c == contact and m.kind is kind
            ]  # fmt: skip

    def state_of(self, contact, key):
        return self.messages[contact, key].state

    # -- Bells -----------------------------------------------------------------------------------

    def ring(self, bell):
        self.rung.append((bell.kind.value, bell.key))

    # -- Contacts --------------------------------------------------------------------------------

    def touch(self, contact, owner):
        with self._called("touch"):
            if self.epochs.get(contact, 0) > owner.epoch:
                raise Fenced("another", reason="fenced")
            self.epochs[contact] = owner.epoch
            return self.states.setdefault(contact, ConversationState(contact_id=contact))

    def read(self, contact, oldest, least):
        with self._called("read"):
            return [m for (c, _), m in sorted(self.messages.items()) if c == contact]

    def oldest_pending(self, shard):
        with self._called("oldest_pending"):
            found = {}
            for (contact, key), message in sorted(self.messages.items(), reverse=True):
                if message.direction is Direction.INBOUND and message.unfinished:
                    found[contact] = key
            return found

    def opened(self, contact, owner, session, agent_id, now):
        with self._fenced("opened", contact, owner):
            self._change(
                contact, open_on=str(owner.shard), elevenlabs_conversation_id=session,
                agent_id=agent_id,
            )  # fmt: skip

    def closed(self, contact, owner):
        with self._fenced("closed", contact, owner):
            self._change(contact, open_on=None)
            return sum(1 for c, _ in self.messages if c == contact)

    def needs_attention(self, contact, owner, reason):
        with self._fenced("needs_attention", contact, owner):
            self._change(contact, reason=reason)

    def event(self, shard, at, event, *, now, **known):
        self.rows.append((event, known))

    # -- Turns -----------------------------------------------------------------------------------

    def ask(self, turn, owner, session, known, now):
        contact = known.contact_id
        with self._called("ask"):
            state = self.states[contact]
            if (
                self.epochs.get(contact) != owner.epoch
                or state.opted_out
                or state.context_version != known.context_version
            ):
                return False
            for message in turn.messages:
                self._set(message, state=InboundState.ASKED, turn=turn.key,
                          attempts=turn.attempts + 1, session=session)  # fmt: skip
            return True

    def answer(self, answer, owner, now):
        contact = answer.turn.messages[0].contact_id
        with self._fenced("answer", contact, owner):
            standing = self._standing(contact, answer.turn)
            parts = standing.place(answer)
            for part in parts:
                self.messages[contact, part.message_key] = replace(part, sent_at=now)
            if parts and answer.final and standing.open:
                for message in answer.turn.messages:
                    self._set(message, state=InboundState.ANSWERED)
            return tuple(part.message_key for part in parts)

    def give_up(self, turn, owner, notice, now):
        with self._fenced("give_up", turn.messages[0].contact_id, owner):
            for message in turn.messages:
                self._set(message, state=InboundState.FAILED)
            return True

    def set_aside(self, turn, owner, state, reason, status, now):
        with self._fenced("set_aside", turn.messages[0].contact_id, owner):
            for message in turn.messages:
                self._set(message, state=state, reason=reason)
            return True

    def notice(self, about, notice, text, owner, now):
        contact = about.contact_id
        with self._fenced("notice", contact, owner):
            key = notice_key(about.turn or about.message_key, notice)
            if (contact, key) in self.messages:
                return None
            self.messages[contact, key] = Message(
                contact_id=contact, message_key=key, conversation_id=contact,
                direction=Direction.OUTBOUND, kind=Kind.NOTICE, content=text,
                state=OutboundState.PENDING, sent_at=now,
            )  # fmt: skip
            return key

    def unsolicited(self, message, owner):
        with self._fenced("unsolicited", message.contact_id, owner):
            self.messages[message.contact_id, message.message_key] = message
            return True

    # -- inside ----------------------------------------------------------------------------------

    def _standing(self, contact, turn):
        taken = {
            key: m for (c, key), m in self.messages.items()
            if c == contact and key.startswith(f"{turn.key}~")
        }  # fmt: skip
        last = self.messages[contact, turn.messages[-1].message_key]
        return Standing(last.state is InboundState.ASKED, taken, turn.key)

    def _called(self, what):
        self.calls.append(what)
        if self.failures:
            raise self.failures.pop(0)
        return self._lock

    def _fenced(self, what, contact, owner):
        lock = self._called(what)
        if self.epochs.get(contact) != owner.epoch:
            raise Fenced("another", reason="fenced")
        return lock

    def _change(self, contact, **fields):
        self.states[contact] = replace(self.states[contact], **fields)

    def _set(self, message, **fields):
        key = message.contact_id, message.message_key
        self.messages[key] = replace(self.messages[key], **fields)


BUSY = Transient("throttled", reason="table_busy")
