"""A contact as the owner of its shard reads it, and the state of its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.tables.mapping import state_of
from conversation.adapters.tables.operator_models import SOCKET_EVENTS_KEPT_S
from conversation.adapters.tables.transactions import reading, updated
from conversation.errors import Fenced
from conversation.identifiers import ContactId, MessageKey
from conversation.state import ConversationState, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.fence import Fence, Owner
    from conversation.adapters.tables.models import StateItem
    from conversation.adapters.tables.poison import Poison
    from conversation.identifiers import AgentId, SessionId
    from conversation.messages import Message

_PAGE: Final = 50


class ContactTable:
    """Blocking: to be called off the loop."""

    def __init__(self, fence: Fence, poison: Poison) -> None:
        self._fence = fence
        self._poison = poison

    def touch(self, contact_id: ContactId, owner: Owner) -> ConversationState:
        """Make the contact ours, and read its state. The first thing done with any contact."""
        model = self._fence.tables.state
        free = model.epoch.does_not_exist() | (model.epoch <= owner.epoch)
        item = self._changed(contact_id, [model.epoch.set(owner.epoch)], free)
        # Kept for as long as it is served: under the name we have, not a second one of 75 bytes.
        item.contact_id = contact_id
        return state_of(item)

    def read(self, contact_id: ContactId, oldest: MessageKey | None, least: int) -> list[Message]:
        """The newest messages, oldest first: back to ``oldest``, and at least ``least``."""
        found: list[Message] = []
        newest_first = self._fence.tables.messages.query(
            contact_id, consistent_read=True, scan_index_forward=False, page_size=_PAGE
        )
        with reading():
            for item in newest_first:
                if len(found) >= least and (oldest is None or item.message_key < oldest):
                    break
                message = self._poison.read(item)
                found += [message] if message else []
        return found[::-1]

    def oldest_pending(self, shard: int) -> dict[ContactId, MessageKey]:
        """The oldest unfinished inbound key of each contact of a shard: where a new owner starts.

        From an index that may lag: the sweeper rings for what is missing here.
        """
        oldest: dict[ContactId, MessageKey] = {}
        with reading():
            for item in self._fence.tables.messages.unfinished.query(f"in#{shard}"):
                key = MessageKey(item.message_key)
                contact = ContactId(item.contact_id)
                oldest[contact] = min(oldest.get(contact, key), key)
        return oldest

    def opened(
        self,
        contact_id: ContactId,
        owner: Owner,
        session: SessionId,
        agent_id: AgentId,
        now: datetime,
    ) -> None:
        """Record the session that the server gave us."""
        state = self._fence.tables.state
        self._update(
            contact_id,
            owner,
            [
                state.elevenlabs_conversation_id.set(session),
                state.agent_id.set(agent_id),
                state.open_on.set(str(owner.shard)),
                state.session_opened_at.set(now),
            ],
        )

    def closed(self, contact_id: ContactId, owner: Owner) -> int:
        """Record that no socket is open any more. The session's id stays, as in the original.

        Returns how many messages the conversation has by now.
        """
        model = self._fence.tables.state
        gone: list[Action] = [model.open_on.remove(), model.session_opened_at.remove()]
        item = self._changed(contact_id, gone, model.epoch == owner.epoch)
        return int(item.message_count or 0)

    def needs_attention(self, contact_id: ContactId, owner: Owner, reason: str) -> None:
        """Show the conversation to the operators, with one word why."""
        state = self._fence.tables.state
        self._update(
            contact_id,
            owner,
            [state.status.set(Status.NEEDS_ATTENTION), state.reason.set(reason)],
        )

    def event(self, shard: int, at: str, event: str, *, now: datetime, **known: Any) -> None:  # noqa: ANN401 - attributes of the item
        """Write what happened on a socket, for the operators' log. Kept for three days."""
        item = self._fence.tables.socket_events(
            shard=str(shard),
            at=at,
            event=event,
            expires_at=int(now.timestamp()) + SOCKET_EVENTS_KEPT_S,
            **known,
        )
        with reading():
            item.save()

    def _changed(
        self, contact_id: ContactId, actions: list[Action], condition: Condition
    ) -> StateItem:
        """The state after one update: it tells all that it holds, at no further call."""
        item = self._fence.tables.state(contact_id=contact_id)
        if not updated(item, actions, condition):
            raise Fenced("another connector owns the contact", reason="fenced")
        return item

    def _update(self, contact_id: ContactId, owner: Owner, actions: Sequence[Action]) -> None:
        self._fence.commit(self._fence.fenced(contact_id, owner, actions))
