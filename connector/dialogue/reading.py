"""What is known of a contact from the table, and when it must be read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.dialogue.words import Look
from conversation.messages import Kind, OutboundState
from conversation.turns import next_turn, open_messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connector.dialogue.words import Looked, Moment
    from conversation.identifiers import AgentId, MessageKey
    from conversation.messages import Message
    from conversation.state import Gist
    from conversation.turns import Counted, Turn


class Reading:
    """The last reading of the table. One reading at a time is under way."""

    __slots__ = (
        "_messages", "_oldest", "_waiting", "_whole", "again", "forgot", "looking", "state",
    )  # fmt: skip

    def __init__(self) -> None:
        self._messages: tuple[Message, ...] = ()
        self._waiting: tuple[Message, ...] = ()
        """Those of them that are not done with, oldest first."""
        self._oldest: MessageKey | None = None
        self.state: Gist | None = None
        self.looking = False
        self.again = False
        """A doorbell rang since: another reading is due after this one, or after the turn."""
        self.forgot = False
        """The past and the call were let go: a new session needs another, whole, reading."""
        self._whole = False

    def ring(self, key: MessageKey | None) -> None:
        """Something waits under ``key``: the next reading goes back at least that far."""
        if key is not None and (self._oldest is None or key < self._oldest):
            self._oldest = key

    def look(self, *, anew: bool) -> Iterator[Look]:
        """Read, unless a reading is under way. ``anew``: it may be for a new session."""
        if not self.looking:
            self.looking, self.again = True, False
            self._whole = anew and self.forgot
            yield Look(self._oldest, self._whole)

    def take(self, looked: Looked) -> bool:
        """Take what was read. Whether it holds messages that were not known before."""
        known = {message.message_key for message in self._messages}
        self.looking = False
        self.state, self._messages = looked.state, looked.messages
        self.forgot = self.forgot and not self._whole
        self._waiting = tuple(open_messages(self._messages))
        self._oldest = self._waiting[0].message_key if self._waiting else None
        return any(m.message_key not in known and not m.attempts for m in self._waiting)

    def forget(self) -> None:
        """Let go of what was said: an open session knows it, and ten thousand need the room."""
        self._messages, self.forgot = self._waiting, True
        self.state = self.state and self.state.told()

    def served_by(self, agent_id: AgentId | None) -> None:
        """Their first session gives an agent to somebody who wrote first; the table has it then."""
        if self.state is not None and self.state.agent_id is None:
            self.state = replace(self.state, agent_id=agent_id)

    def count(self, counted: Counted) -> None:
        """The table has counted a turn, and needs not to be read for it."""
        sitting, lately = counted.sitting, counted.asked_lately
        self.state = self.state and replace(self.state, sitting=sitting, asked_lately=lately)

    def finish(self, turn: Turn) -> None:
        """The messages of ``turn`` are done with; the table will say so too."""
        done = set(turn.keys)
        self._messages = tuple(m for m in self._messages if m.message_key not in done)
        self._waiting = tuple(m for m in self._waiting if m.message_key not in done)

    @property
    def turn(self) -> Turn | None:
        """The turn to ask next."""
        return next_turn(self._waiting) if self._waiting else None

    @property
    def waiting(self) -> Message | None:
        """The oldest message that is not done with."""
        return self._waiting[0] if self._waiting else None

    def pause_left_s(self, utc: datetime) -> float:
        """How much of an operator's pause is left."""
        until = self.state.paused_until if self.state else None
        return (until - utc).total_seconds() if until else 0.0

    @property
    def past(self) -> list[Message]:
        """What was said, without what is still to be asked."""
        asked = {message.message_key for message in self._waiting}
        return [m for m in self._messages if m.message_key not in asked]

    def opener_is_younger_than(self, seconds: float, now: Moment) -> bool:
        """Whether the last thing said is the opener of a call, a moment ago."""
        last = self._messages[-1] if self._messages else None
        return (
            last is not None
            and last.kind is Kind.OPENER
            and last.state is not OutboundState.SKIPPED
            and (now.utc - last.sent_at).total_seconds() < seconds
        )
