"""What the agent says, as the table is to hold it: converted, split, and numbered by turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector.dialogue.words import StoreNotice
from conversation.answers import Answer
from conversation.messages import MAX_TURN_PARTS, Message, Notice
from conversation.text.markup import to_whatsapp
from conversation.text.splitting import split
from conversation.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.session.words import Say
    from conversation.identifiers import SessionId, TurnKey

_REMEMBERED: Final = 8
"""Turns back to which a late text can still be assigned: a session knows no more of them."""


@dataclass(slots=True)
class _Telling:
    """How far we are with one turn in the present session."""

    turn: Turn
    asked_at: float
    next_ordinal: int = 1
    answered: bool = False
    noticed: bool = False

    def settle(self) -> None:
        """Answered, it is never asked again: what people wrote need not be kept for late texts."""
        *_, last = self.turn.messages
        bare = Message(
            contact_id=last.contact_id,
            message_key=last.message_key,
            conversation_id=last.conversation_id,
            direction=last.direction,
            kind=last.kind,
            content="",
            state=last.state,
            sent_at=last.sent_at,
        )
        self.turn = Turn(self.turn.key, (bare,), self.turn.attempts)


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
