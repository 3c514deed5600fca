"""Items as the tables hold them ⇄ records as the rest of Hilo knows them."""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any

from conversation.dead_letters import UNREADABLE_ITEM
from conversation.doorbells import shard_of
from conversation.errors import Unreadable
from conversation.identifiers import (
    AgentId,
    CallId,
    ContactId,
    MessageKey,
    MessageSid,
    SessionId,
    TurnKey,
)
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.names import folded, initial
from conversation.sitting import Sitting
from conversation.state import ConversationState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import MessageItem, StateItem


def state_of(item: StateItem) -> ConversationState:
    """The record of a state item. What an update-only writer never set has its default."""
    return ConversationState(
        contact_id=ContactId(item.contact_id),
        phone_number=item.phone_number,
        client_name=item.client_name,
        elevenlabs_conversation_id=_as(SessionId, item.elevenlabs_conversation_id),
        agent_id=_as(AgentId, _shared(item.agent_id)),
        batch_id=item.batch_id,
        recipient_id=item.recipient_id,
        call_duration_secs=_whole(item.call_duration_secs),
        status=_status(item.status),
        started_at=item.started_at,
        last_message_at=item.last_message_at,
        message_count=int(item.message_count or 0),
        address=item.address,
        elsewhere=_as(ContactId, item.elsewhere),
        profile_name=item.profile_name,
        last_inbound_at=item.last_inbound_at,
        language=_shared(item.language),
        call_summary=item.call_summary,
        call_id=_as(CallId, item.call_id),
        call_ended_at=item.call_ended_at,
        dynamic_variables=item.dynamic_variables or {},
        branch_id=item.branch_id,
        environment=item.environment,
        custom_llm_extra_body=item.custom_llm_extra_body,
        user_id=item.user_id,
        calls=tuple(item.calls or ()),
        context_version=int(item.context_version or 0),
        opener_at=item.opener_at,
        opted_out=bool(item.opted_out),
        paused_until=item.paused_until,
        reason=item.reason,
        epoch=int(item.epoch or 0),
        open_on=item.open_on,
        session_opened_at=item.session_opened_at,
        asked_lately=asked_of(item.asked_lately),
        sitting=sitting_of(item.sitting),
    )


def _status(stored: str | None) -> Status:
    return Status(stored) if stored in set(Status) else Status.ACTIVE


def sitting_of(stored: Mapping[str, Any] | None) -> Sitting | None:
    """The record of what `stored_sitting` made; ``None`` for what it did not make."""
    if stored is None:
        return None
    try:
        since, last = (datetime.fromisoformat(stored[name]) for name in ("since", "last"))
        return Sitting(since, last, int(stored["turns"]), int(stored["version"]))
    except (ValueError, KeyError, TypeError):
        return None


def asked_of(stored: list[int] | None) -> tuple[datetime, ...]:
    """The times that `stored_asked` made; none of what it did not make."""
    try:
        return tuple(datetime.fromtimestamp(at, UTC) for at in stored or ())
    except (ValueError, TypeError, OverflowError):
        return ()


def stored_asked(asked: tuple[datetime, ...]) -> list[int]:
    """When turns were asked, as the table holds it: whole seconds."""
    return [int(at.timestamp()) for at in asked]


def stored_sitting(sitting: Sitting) -> dict[str, str | int]:
    """A sitting as the table holds it."""
    times = {"since": sitting.since.isoformat(), "last": sitting.last.isoformat()}
    return {**times, "turns": sitting.turns, "version": sitting.version}


def message_of(item: MessageItem) -> Message:
    """The record of a message item. Raises ``Unreadable`` where it is none."""
    try:
        return _message_of(item)
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable("a message that cannot be read", reason=UNREADABLE_ITEM) from error


def _message_of(item: MessageItem) -> Message:
    direction = Direction(item.direction)
    if item.sent_at is None:
        raise ValueError("a message of no time")
    return Message(
        contact_id=ContactId(item.contact_id),
        message_key=MessageKey(item.message_key),
        conversation_id=item.conversation_id,
        direction=direction,
        kind=Kind(item.kind),
        content=item.content or "",
        state=(
            InboundState(item.state)
            if direction is Direction.INBOUND
            else OutboundState(item.state)
        ),
        sent_at=item.sent_at,
        reason=item.reason,
        twilio_message_id=_as(MessageSid, item.twilio_message_id),
        turn=_as(TurnKey, item.turn),
        session=_as(SessionId, item.session),
        attempts=int(item.attempts or 0),
        claim=item.claim,
        claimed_at=item.claimed_at,
        sent_to=item.sent_to,
        delivered_at=item.delivered_at,
        latency_ms=_whole(item.latency_ms),
        content_sid=item.content_sid,
        content_variables=item.content_variables,
        media_url=item.media_url,
        event_id=item.event_id,
    )


def item_of(
    model: type[MessageItem], message: Message, *, shards: int, keep_until: datetime | None = None
) -> MessageItem:
    """The item of a new message. While it is unfinished it stands in the ``pending`` index."""
    unfinished = message.unfinished
    return model(
        contact_id=message.contact_id,
        message_key=message.message_key,
        conversation_id=message.conversation_id,
        direction=message.direction,
        kind=message.kind,
        content=message.content,
        state=message.state,
        sent_at=message.sent_at,
        reason=message.reason,
        twilio_message_id=message.twilio_message_id,
        turn=message.turn,
        session=message.session,
        attempts=message.attempts or None,
        claim=message.claim,
        claimed_at=message.claimed_at,
        sent_to=message.sent_to,
        delivered_at=message.delivered_at,
        latency_ms=message.latency_ms,
        content_sid=message.content_sid,
        content_variables=message.content_variables,
        media_url=message.media_url,
        event_id=message.event_id,
        pending=pending_of(message.direction, message.contact_id, shards) if unfinished else None,
        pending_since=message.sent_at if unfinished else None,
        expires_at=int(keep_until.timestamp()) if keep_until else None,
    )


def pending_of(direction: Direction, contact_id: ContactId, shards: int) -> str:
    """The entry of an unfinished message in the ``pending`` index."""
    side = "in" if direction is Direction.INBOUND else "out"
    return f"{side}#{shard_of(contact_id, shards)}"


def dead_of(contact_id: ContactId, shards: int) -> str:
    """The entry, in the same index, of what failed for good."""
    return f"dead#{shard_of(contact_id, shards)}"


def _shared(word: str | None) -> str | None:
    """One string for all contacts: agents and languages are few, and a state may be long kept."""
    return None if word is None else intern(word)


def _as(kind: Any, value: str | None) -> Any:  # noqa: ANN401 - a NewType is no type to mypy here
    return None if value is None else kind(value)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def found_by(model: type[StateItem], name: str, *, keep: bool = False) -> list[Action]:
    """What makes a person found by their name; ``keep``: only where they have none yet."""
    if not folded(name):
        return []
    found = ((model.name_initial, initial(name)), (model.name_folded, folded(name)))
    return [each.set(each | value if keep else value) for each, value in found]


def said(model: type[StateItem], at: datetime, *items: Message | MessageItem) -> list[Action]:
    """What the state says of messages that are stored with it: the last is the last of all."""
    if not items:
        return [model.last_message_at.set(at)]
    return [*said_instead(model, at, items[-1]), model.message_count.add(len(items))]


def said_instead(model: type[StateItem], at: datetime, item: Message | MessageItem) -> list[Action]:
    """The same of what takes the place of a message that failed, which is counted already."""
    return [model.last_message_at.set(at), model.last_message_key.set(item.message_key)]
