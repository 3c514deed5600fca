"""The tables, in memory: what the connector reads and writes, but for their network.

It is fair to the measurement both ways. Each read makes its items anew, as a table's answer would,
with as long a history as the connector asks for; what is kept here for a contact is three numbers,
laid out before anything is measured.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from sys import intern
from threading import Lock
from typing import TYPE_CHECKING

from conversation.errors import Fenced
from conversation.identifiers import AgentId, ContactId, MessageKey
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    OutboundState,
    part_key,
)
from conversation.state import ConversationState
from tests.bench.holder.texts import opener, question, summary, variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.answers import Answer
    from conversation.doorbells import Doorbell
    from conversation.leases import Owner
    from conversation.turns import Turn

AGENTS = 4


def contact_of(index: int) -> ContactId:
    """The contact of a number. The first letters spread them over shards."""
    return ContactId(f"{index:026}")


def key(turn: int) -> MessageKey:
    """The key of a contact's message; 0 is the opener."""
    return MessageKey(f"01{turn:024}")


class Ledger:
    """``ledger.Contacts``, ``ledger.Turns``, ``ledger.Bells`` and ``journal.Chronicle``."""

    def __init__(self, contacts: int, on_answered: Callable[[], None]) -> None:
        self._lock = Lock()
        self._began = datetime.now(UTC)
        self._epochs = array("L", bytes(8 * contacts))
        self._asked = array("L", bytes(8 * contacts))
        self._answered = array("L", bytes(8 * contacts))
        self._waiting: dict[ContactId, Message] = {}
        self._on_answered = on_answered
        self.rung = 0
        self.repeated = 0

    def write(self, index: int) -> MessageKey | None:
        """A person writes. ``None``: what they wrote before is not answered yet."""
        contact = contact_of(index)
        if contact in self._waiting:
            return None
        self._asked[index] += 1
        turn = self._asked[index]
        self._waiting[contact] = replace(
            self._inbound(index, turn, datetime.now(UTC)), state=InboundState.NEW
        )
        return key(turn)

    def turns_of(self, index: int) -> int:
        """How often the contact wrote."""
        return self._asked[index]

    # -- what the connector calls, on its threads ------------------------------------------------

    def touch(self, contact_id: ContactId, owner: Owner) -> ConversationState:
        index = int(contact_id)
        if self._epochs[index] > owner.epoch:
            raise Fenced("another", reason="fenced")
        self._epochs[index] = owner.epoch
        return ConversationState(
            contact_id=ContactId(str(contact_id)),
            phone_number=f"+57313{index:07}",
            client_name=f"Ana {index}",
            agent_id=AgentId(intern(f"agent_{index % AGENTS}")),
            batch_id="batch_1",
            recipient_id=f"recipient_{index}",
            call_duration_secs=120,
            address=f"whatsapp:+57313{index:07}",
            language="es",
            call_summary=summary(index),
            dynamic_variables=variables(index),
            started_at=self._began,
            last_message_at=self._began,
            opener_at=self._began,
            context_version=1,
        )

    def read(self, contact_id: ContactId, oldest: MessageKey | None, least: int) -> list[Message]:
        index, now = int(contact_id), datetime.now(UTC)
        last = self._answered[index]
        first = max(1, last - least // 2 + 1)
        found = [self._opener(index, now)] if first == 1 else []
        for turn in range(first, last + 1):
            asked = self._inbound(index, turn, now)
            found += [asked, self._outbound(asked, turn)]
        waiting = self._waiting.get(contact_id)
        return [*found, waiting] if waiting else found

    def oldest_pending(self, shard: int) -> dict[ContactId, MessageKey]:
        return {}

    def opened(self, contact_id, owner, session, agent_id, now) -> None:
        self._check(contact_id, owner)

    def closed(self, contact_id: ContactId, owner: Owner) -> int:
        self._check(contact_id, owner)
        return 0

    def needs_attention(self, contact_id: ContactId, owner: Owner, reason: str) -> None:
        self._check(contact_id, owner)

    def event(self, shard, at, event, *, now, **known) -> None:
        """A row of the operators' log."""

    def ask(self, turn: Turn, owner: Owner, session, known, now) -> bool:
        contact = known.contact_id
        self._check(contact, owner)
        waiting = self._waiting.get(contact)
        if waiting is None or waiting.message_key != turn.key:
            return False
        self._waiting[contact] = replace(
            waiting, state=InboundState.ASKED, turn=turn.key, attempts=turn.attempts + 1,
            session=session,
        )  # fmt: skip
        return True

    def answer(self, answer: Answer, owner: Owner, now: datetime) -> tuple[MessageKey, ...]:
        contact = answer.turn.messages[0].contact_id
        self._check(contact, owner)
        with self._lock:
            waiting = self._waiting.pop(contact, None)
            if waiting is None:
                self.repeated += 1
                return ()
            self._answered[int(contact)] = self._asked[int(contact)]
            self._on_answered()
        return (part_key(answer.turn.key, 1),)

    def give_up(self, turn: Turn, owner: Owner, notice: str, now: datetime) -> bool:
        return True

    def set_aside(self, turn, owner, state, reason, status, now) -> bool:
        return True

    def notice(self, about, notice, text, owner, now) -> MessageKey | None:
        return None

    def unsolicited(self, message: Message, owner: Owner) -> bool:
        return True

    def ring(self, bell: Doorbell) -> None:
        self.rung += 1

    # -- inside ----------------------------------------------------------------------------------

    def _check(self, contact: ContactId, owner: Owner) -> None:
        if self._epochs[int(contact)] != owner.epoch:
            raise Fenced("another", reason="fenced")

    @staticmethod
    def _opener(index: int, now: datetime) -> Message:
        contact = contact_of(index)
        return Message(
            contact_id=contact, message_key=key(0), conversation_id=contact,
            direction=Direction.OUTBOUND, kind=Kind.OPENER,
            content=opener(index),
            state=OutboundState.SENT, sent_at=now,
        )  # fmt: skip

    @staticmethod
    def _inbound(index: int, turn: int, now: datetime) -> Message:
        contact = contact_of(index)
        return Message(
            contact_id=contact, message_key=key(turn), conversation_id=contact,
            direction=Direction.INBOUND, kind=Kind.MESSAGE, content=question(index, turn),
            state=InboundState.ANSWERED, sent_at=now, twilio_message_id=f"SM{index:016}{turn:016}",
        )  # fmt: skip

    @staticmethod
    def _outbound(asked: Message, turn: int) -> Message:
        return Message(
            contact_id=asked.contact_id, message_key=MessageKey(f"{key(turn)}~001"),
            conversation_id=asked.conversation_id, direction=Direction.OUTBOUND, kind=Kind.REPLY,
            content=f"oído: {asked.content}", state=OutboundState.SENT,
            sent_at=asked.sent_at + timedelta(seconds=1), twilio_message_id=asked.twilio_message_id,
        )  # fmt: skip
