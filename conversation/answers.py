"""Where an answer's parts go: which keys they take, and when they were said already. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.messages import (
    Direction,
    Kind,
    Message,
    Notice,
    OutboundState,
    notice_key,
    part_key,
)

if TYPE_CHECKING:
    from conversation.identifiers import MessageKey, SessionId, TurnKey
    from conversation.turns import Turn

_NOTICES: Final = frozenset({"000", "998", "999"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One text of the agent, split already: one part is one WhatsApp message.

    ``final`` answers the turn; a text said while a tool call was open does not. ``first_ordinal``,
    ``open`` and ``notice_unsent`` are how the owner knows the turn to stand; where the table
    knows better, the table is asked.
    """

    turn: Turn
    parts: tuple[str, ...]
    final: bool
    first_ordinal: int
    open: bool
    notice_unsent: bool
    session: SessionId
    event_id: str | None
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A turn as the table has it: still open or not, and the keys taken by what was said."""

    open: bool
    taken: dict[MessageKey, Message]
    turn: TurnKey

    @property
    def notice_unsent(self) -> bool:
        """Whether the waiting notice can still be held back."""
        notice = self.taken.get(notice_key(self.turn, Notice.WAITING))
        return notice is not None and notice.state is OutboundState.PENDING

    def place(self, answer: Answer) -> list[Message]:
        """The items of ``answer``, under free keys; none where it was said already."""
        earlier = [m for key, m in sorted(self.taken.items()) if key[-3:] not in _NOTICES]
        ours = [m for m in earlier if m.session == answer.session]
        theirs = len(earlier) - len(ours)
        if [m.content for m in ours[-len(answer.parts) :]] == list(answer.parts):
            return []
        done_by_another = theirs and not ours and not self.open
        interim_of_another = theirs > len(ours) and not answer.final
        if done_by_another or interim_of_another:
            return []
        return parts_of(answer, len(earlier) + 1)


def parts_of(answer: Answer, first: int) -> list[Message]:
    """The items of ``answer`` under the keys from the ordinal ``first`` on."""
    return [_part(answer, text, n) for n, text in enumerate(answer.parts, first)]


def _part(answer: Answer, text: str, ordinal: int) -> Message:
    about = answer.turn.messages[-1]
    return Message(
        contact_id=about.contact_id,
        message_key=part_key(answer.turn.key, ordinal),
        conversation_id=about.conversation_id,
        direction=Direction.OUTBOUND,
        kind=Kind.REPLY,
        content=text,
        state=OutboundState.PENDING,
        sent_at=about.sent_at,
        turn=answer.turn.key,
        session=answer.session,
        event_id=answer.event_id,
        latency_ms=answer.latency_ms,
    )
