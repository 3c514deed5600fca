"""What the agent says, as the table is to hold it: converted, split, and numbered by turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from connector.dialogue.words import StoreNotice
from conversation.answers import Answer
from conversation.documents import well_formed
from conversation.messages import (
    MAX_TURN_PARTS,
    Direction,
    InboundState,
    Kind,
    Message,
    Notice,
)
from conversation.text.parts import parts_said
from conversation.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connector.protocol import EventId
    from connector.session.words import Say
    from conversation.identifiers import ContactId, MessageKey, SessionId, TurnKey

_REMEMBERED: Final = 8
"""Turns back to which a late text can still be assigned: a session knows no more of them."""

_LONGEST_ID: Final = 64
"""Of the server's name for a turn, kept for those who compare: an item has no room for any."""


@dataclass(slots=True)
class _Telling:
    """How far we are with one turn in the present session."""

    turn: Turn
    asked_at: float | None
    """``None``: it was settled, and what is said to it now is late."""
    next_ordinal: int = 1
    answered: bool = False
    noticed: bool = False


class _Settled(NamedTuple):
    """What a late text needs of a turn that was answered, and is never asked again.

    There are ten thousand sessions, and each knows several such turns: not their words.
    """

    key: TurnKey
    attempts: int
    message_key: MessageKey
    conversation_id: str
    sent_at: datetime
    next_ordinal: int
    noticed: bool

    @classmethod
    def of(cls, telling: _Telling, contact_id: ContactId) -> _Settled:
        """Without what people wrote."""
        turn, last = telling.turn, telling.turn.messages[-1]
        conversation = last.conversation_id
        return cls(
            turn.key,
            turn.attempts,
            last.message_key,
            contact_id if conversation == contact_id else conversation,  # one string, not two
            last.sent_at,
            telling.next_ordinal,
            telling.noticed,
        )

    def telling(self, contact_id: ContactId) -> _Telling:
        """The turn, with its last message, and without its words."""
        bare = Message(
            contact_id=contact_id,
            message_key=self.message_key,
            conversation_id=self.conversation_id,
            direction=Direction.INBOUND,
            kind=Kind.MESSAGE,
            content="",
            state=InboundState.ANSWERED,
            sent_at=self.sent_at,
        )
        turn = Turn(self.key, (bare,), self.attempts)
        return _Telling(turn, None, self.next_ordinal, answered=True, noticed=self.noticed)


class Sayings:
    """The turns lately asked. A second ask of a turn counts its parts from 1 again.

    The table then finds the keys taken, and knows what to do (``conversation.answers``).
    """

    __slots__ = ("_contact_id", "_settled", "_telling")

    def __init__(self, contact_id: ContactId) -> None:
        self._contact_id = contact_id
        self._telling: _Telling | None = None
        """The turn that was asked last, until it is settled."""
        self._settled: tuple[_Settled, ...] = ()

    def begin(self, turn: Turn, now_s: float) -> None:
        """``turn`` is being asked."""
        self._forget(turn.key)
        self._telling = _Telling(turn, now_s)

    def slow(self, key: TurnKey) -> Iterator[StoreNotice]:
        """The waiting notice of a turn, if it is the one that is open."""
        if self._telling is not None and self._telling.turn.key == key:
            self._telling.noticed = True
            yield StoreNotice(self._telling.turn.messages[-1], Notice.WAITING)

    def say(self, said: Say, session: SessionId, now_s: float) -> Iterator[Answer]:
        """What to commit for a text: one answer, or several where it is too long for one."""
        telling = self._of(said.turn)
        if telling is None:
            return
        parts = parts_said(said.text)
        for start in range(0, max(len(parts), 1), MAX_TURN_PARTS):
            batch = tuple(parts[start : start + MAX_TURN_PARTS])
            yield self._answer(telling, batch, said, session, now_s)
        if telling is not self._telling:
            self._settle(telling)

    def conclude(self, turn: Turn, session: SessionId) -> Iterator[Answer]:
        """The end of a turn. If only interim texts were said to it, they are its answer."""
        telling = self._of(turn.key)
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
        self._settle(telling)

    def _of(self, key: TurnKey) -> _Telling | None:
        if self._telling is not None and self._telling.turn.key == key:
            return self._telling
        settled = next((one for one in self._settled if one.key == key), None)
        return None if settled is None else settled.telling(self._contact_id)

    def _settle(self, telling: _Telling) -> None:
        """Answered: what may still be said to it is late."""
        if telling is self._telling:
            self._telling = None
        else:
            self._forget(telling.turn.key)
        self._settled = (*self._settled, _Settled.of(telling, self._contact_id))[-_REMEMBERED:]

    def _forget(self, key: TurnKey) -> None:
        self._settled = tuple([one for one in self._settled if one.key != key])

    def _answer(
        self,
        telling: _Telling,
        parts: tuple[str, ...],
        said: Say,
        session: SessionId,
        now_s: float,
    ) -> Answer:
        asked_at = telling.asked_at if telling.next_ordinal == 1 else None
        answer = Answer(
            turn=telling.turn,
            parts=parts,
            final=not said.interim,
            first_ordinal=telling.next_ordinal,
            open=not telling.answered,
            notice_unsent=telling.noticed and not telling.answered,
            session=session,
            event_id=_kept(said.event_id),
            latency_ms=None if asked_at is None else round((now_s - asked_at) * 1000),
        )
        telling.next_ordinal += len(parts)
        telling.answered = telling.answered or answer.final
        return answer


def _kept(event_id: EventId | None) -> str | None:
    return None if event_id is None else well_formed(str(event_id))[:_LONGEST_ID]
