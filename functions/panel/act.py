"""What an operator does to a conversation: recorded, then done, then told to the connector."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from conversation.doorbells import BellKind, Doorbell
from conversation.errors import HiloError, Refused
from conversation.messages import Direction, InboundState
from functions.panel.roles import Right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey
    from conversation.messages import Message
    from conversation.state import ConversationState
    from functions.panel.ports import Audit, Bells, Desk, Orders, Shelf
    from functions.panel.roles import Visitor

_LOOKED_BACK = 100


class Action(StrEnum):
    """What can be done to one conversation."""

    CLOSE = "close"
    CLOSE_SOCKET = "close_socket"
    ROLL_OVER = "roll_over"
    OPT_OUT = "opt_out"
    ASK_AGAIN = "ask_again"
    REVEAL = "reveal"


class Outcome(StrEnum):
    """What became of it."""

    DONE = "done"
    ASKED = "asked"
    """The connector was asked; the person's page tells what became of it."""
    NOTHING_FAILED = "nothing_failed"
    WINDOW_CLOSED = "window_closed"
    CHANGED = "changed"
    """The conversation changed meanwhile: look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """The use case."""

    shelf: Shelf
    desk: Desk
    orders: Orders
    audit: Audit
    bells: Bells
    new_key: Callable[[], MessageKey]

    def perform(
        self, action: Action, contact_id: ContactId, visitor: Visitor, now: datetime
    ) -> Outcome:
        """Do it for ``visitor``.

        Raises ``Refused`` where the role does not allow it, or nobody is known by that id, and
        ``Transient`` where it could not be recorded or done.
        """
        visitor.require(Right.REVEAL if action is Action.REVEAL else Right.ACT)
        state = self.shelf.state(contact_id)
        if state is None:
            raise Refused("there is no such conversation", reason="not_found")
        key = self.new_key()
        self.audit.begin(key, visitor.who, action.value, state.contact_id, now)
        try:
            outcome = self._carry_out(action, state, visitor.who, now)
        except HiloError as error:
            self.audit.end(key, error.reason, now)
            raise
        self.audit.end(key, outcome.value, now)
        return outcome

    def _carry_out(
        self, action: Action, state: ConversationState, who: str, now: datetime
    ) -> Outcome:
        contact_id = state.contact_id
        match action:
            case Action.CLOSE:
                return self._told(self.desk.close(contact_id), contact_id, "close", who, now)
            case Action.CLOSE_SOCKET:
                return self._order(contact_id, "close", who, now)
            case Action.ROLL_OVER:
                return self._order(contact_id, "roll_over", who, now)
            case Action.OPT_OUT:
                return self._opt_out(state, who, now)
            case Action.ASK_AGAIN:
                return self._ask_again(state, now)
            case Action.REVEAL:
                return Outcome.DONE
            case _:
                assert_never(action)

    def _opt_out(self, state: ConversationState, who: str, now: datetime) -> Outcome:
        """The person, also where something is said to them in the other conversation they have."""
        for other in filter(None, (self.shelf.behind(state.contact_id), state.elsewhere)):
            self._told(self.desk.opt_out(other), other, "review", who, now)
        return self._told(self.desk.opt_out(state.contact_id), state.contact_id, "review", who, now)

    def _told(
        self, changed: bool, contact_id: ContactId, command: str, who: str, now: datetime  # noqa: FBT001 - what the table said
    ) -> Outcome:  # fmt: skip
        if not changed:
            return Outcome.CHANGED
        self._order(contact_id, command, who, now)
        return Outcome.DONE

    def _order(self, contact_id: ContactId, command: str, who: str, now: datetime) -> Outcome:
        key = self.new_key()
        self.orders.ask(contact_id, key, command, who, now)
        self.bells.ring(Doorbell(BellKind.COMMAND, contact_id, key))
        return Outcome.ASKED

    def _ask_again(self, state: ConversationState, now: datetime) -> Outcome:
        if not state.window_open(now) or state.opted_out:
            return Outcome.WINDOW_CLOSED
        failed = again(self.shelf.messages(state.contact_id, limit=_LOOKED_BACK))
        if not failed:
            return Outcome.NOTHING_FAILED
        if not self.desk.ask_again(failed, now):
            return Outcome.CHANGED
        last = failed[-1].message_key
        self.bells.ring(Doorbell(BellKind.INBOX, state.contact_id, last))
        return Outcome.DONE


def again(messages: Sequence[Message]) -> list[Message]:
    """The last turn that failed or expired: exactly its messages."""
    over = [
        m
        for m in messages
        if m.direction is Direction.INBOUND
        and m.state in {InboundState.FAILED, InboundState.EXPIRED}
    ]
    return [m for m in over if (m.turn or m.message_key) == (over[-1].turn or over[-1].message_key)]
