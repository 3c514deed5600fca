"""What the agent says, as the table is to hold it: converted, split, and numbered by turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from connector.dialogue.words import StoreNotice
from conversation.answers import Answer
from conversation.messages import (
    MAX_TURN_PARTS,
    Direction,
    InboundState,
    Kind,
    Message,
    Notice,
)
from conversation.text.markup import to_whatsapp
from conversation.text.splitting import split
from conversation.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connector.session.words import Say
    from conversation.identifiers import ContactId, MessageKey, SessionId, TurnKey

_REMEMBERED: Final = 8
"""Turns back to which a late text can still be assigned: a session knows no more of them."""


class _Settled(NamedTuple):
    """What a late text needs of a turn that was answered, and is never asked again."""

    key: TurnKey
    attempts: int
    contact_id: ContactId
    message_key: MessageKey
    conversation_id: str
    sent_at: datetime

    @classmethod
    def of(cls, turn: Turn) -> _Settled:
        """Without what people wrote."""
        *_, last = turn.messages
        contact, conversation = last.contact_id, last.conversation_id
        return cls(
            turn.key,
            turn.attempts,
            contact,
            last.message_key,
            contact if conversation == contact else conversation,  # one string instead of two
            last.sent_at,
        )

    def turn(self) -> Turn:
        """The turn, with its last message, and without its words."""
        bare = Message(
            contact_id=self.contact_id,
            message_key=self.message_key,
            conversation_id=self.conversation_id,
            direction=Direction.INBOUND,
            kind=Kind.MESSAGE,
            content="",
            state=InboundState.ANSWERED,
            sent_at=self.sent_at,
        )
        return Turn(self.key, (bare,), self.attempts)


@dataclass(slots=True)
class _Telling:
    """How far we are with one turn in the present session."""

    asked: Turn | _Settled
    asked_at: float
    next_ordinal: int = 1
    answered: bool = False
    noticed: bool = False

    @property
    def turn(self) -> Turn:
        """What was asked, without its words once it is settled."""
        return self.asked if isinstance(self.asked, Turn) else self.asked.turn()

    def settle(self) -> None:
        """Answered: there are ten thousand sessions, and each knows several such turns."""
        self.asked = _Settled.of(self.turn)


class Sayings:
    """The turns lately asked. A second ask of a turn counts its parts from 1 again.

    The table then finds the keys taken, and knows what to do (``conversation.answers``).
    """

    __slots__ = ("_tellings",)

    def __init__(self) -> None:
        self._tellings: dict[TurnKey, _Telling] = {}

    def begin(self, turn: Turn, now_s: float) -> None:
        """``turn`` is being asked."""
        self._tellings.pop(turn.key, None)
        self._tellings[turn.key] = _Telling(turn, now_s)
        for key in list(self._tellings)[:-_REMEMBERED]:
            del self._tellings[key]

    def slow(self, key: TurnKey) -> Iterator[StoreNotice]:
        """The waiting notice of a turn, if it is one of ours."""
        if telling := self._tellings.get(key):
            telling.noticed = True
            yield StoreNotice(telling.turn.messages[-1], Notice.WAITING)

    def say(self, said: Say, session: SessionId, now_s: float) -> Iterator[Answer]:
        """What to commit for a text: one answer, or several where it is too long for one."""
        telling = self._tellings.get(said.turn)
        if telling is None:
            return
        parts = split(to_whatsapp(said.text))
        for start in range(0, max(len(parts), 1), MAX_TURN_PARTS):
            batch = tuple(parts[start : start + MAX_TURN_PARTS])
            yield self._answer(telling, batch, said, session, now_s)

    def conclude(self, turn: Turn, session: SessionId) -> Iterator[Answer]:
        """The end of a turn. If only interim texts were said to it, they are its answer."""
        telling = self._tellings.get(turn.key)
        if telling is None:
            return
        if not telling.answered:
            telling.answered = True
            yield Answer(
                turn=turn,
                parts=(),
                final=True,
                first_ordinal=telling.next_ordinal,
                open=True,
                notice_unsent=telling.noticed,
                session=session,
                event_id=None,
                latency_ms=None,
            )
        telling.settle()

    def _answer(
        self,
        telling: _Telling,
        parts: tuple[str, ...],
        said: Say,
        session: SessionId,
        now_s: float,
    ) -> Answer:
        first = telling.next_ordinal == 1
        answer = Answer(
            turn=telling.turn,
            parts=parts,
            final=not said.interim,
            first_ordinal=telling.next_ordinal,
            open=not telling.answered,
            notice_unsent=telling.noticed and not telling.answered,
            session=session,
            event_id=None if said.event_id is None else str(said.event_id),
            latency_ms=round((now_s - telling.asked_at) * 1000) if first else None,
        )
        telling.next_ordinal += len(parts)
        telling.answered = telling.answered or answer.final
        return answer
