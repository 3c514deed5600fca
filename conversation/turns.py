"""Turns: which messages are asked together, decided once.

A turn is what a person said (one message or more) until we ask the agent. Its key is that of its
last message. Once asked, its set never changes: a re-ask asks exactly these, and what came in the
meantime waits for the next turn (laws 3 and 5 of docs/architecture.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.identifiers import MessageKey, TurnKey
from conversation.messages import MAX_TURN_MESSAGES, Direction, InboundState, Message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from conversation.identifiers import ContactId
    from conversation.sitting import Sitting

MAX_ASKS: Final = 3
"""How often a turn is asked before we give up, with a notice and an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What an ask stores in the state of a contact, beside what must be true of it."""

    contact_id: ContactId
    context_version: int = 0
    """Of the call that is known: the state may not be a later call's by then."""
    sitting: Sitting | None = None
    """With the turn that is asked, as in ``asked_lately``: see ``ConversationState``."""
    asked_lately: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Messages that are asked together. ``attempts`` counts the asks already made."""

    key: TurnKey
    messages: tuple[Message, ...]
    attempts: int = 0

    @property
    def keys(self) -> tuple[MessageKey, ...]:
        """The keys of its messages, oldest first."""
        return tuple(message.message_key for message in self.messages)

    @property
    def text(self) -> str:
        """What the agent is asked: the messages, a line each."""
        return "\n".join(message.content for message in self.messages)

    @property
    def exhausted(self) -> bool:
        """Whether it has been asked as often as we ask."""
        return self.attempts >= MAX_ASKS


def open_messages(messages: Iterable[Message]) -> list[Message]:
    """What people wrote and we have not finished, oldest first."""
    return sorted(
        (m for m in messages if m.direction is Direction.INBOUND and m.unfinished),
        key=lambda m: m.message_key,
    )


def next_turn(messages: Iterable[Message]) -> Turn | None:
    """The turn to ask now: one already asked and unanswered, else the oldest that are new.

    ``messages`` must hold every unfinished inbound message of one contact.
    """
    waiting = open_messages(messages)
    asked = [m for m in waiting if m.state is InboundState.ASKED]
    if asked:
        key = asked[0].turn or TurnKey(asked[0].message_key)
        same = tuple(m for m in asked if m.turn == key) or (asked[0],)
        return Turn(key, same, max(m.attempts for m in same))
    new = tuple(waiting[:MAX_TURN_MESSAGES])
    return Turn(TurnKey(new[-1].message_key), new) if new else None
