"""A person's timeline: messages, sessions, sockets, commands and operators' acts, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.panel.shown import Happening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conversation.messages import Message
    from conversation.overview import Audited, Command, SocketEvent
    from conversation.state import ConversationState


def timeline(
    state: ConversationState,
    messages: Sequence[Message],
    *,
    events: Sequence[SocketEvent],
    commands: Sequence[Command],
    audited: Sequence[Audited],
) -> tuple[Happening, ...]:
    """What happened, the newest first."""
    found = [
        *_call(state),
        *map(_message, messages),
        *map(_socket, events),
        *map(_command, commands),
        *map(_audited, audited),
    ]
    return tuple(sorted(found, key=lambda happening: happening.at, reverse=True))


def _call(state: ConversationState) -> Iterator[Happening]:
    if state.call_ended_at is not None:
        details = _told(call=state.call_id, seconds=state.call_duration_secs, batch=state.batch_id)
        yield Happening(at=state.call_ended_at, about="call", what="ended", details=details)


def _message(message: Message) -> Happening:
    details = _told(
        state=message.state.value,
        reason=message.reason,
        latency_ms=message.latency_ms,
        attempts=message.attempts or None,
        turn=message.turn,
        session=message.session,
        key=message.message_key,
        sid=message.twilio_message_id,
    )
    what = f"{message.direction.value}.{message.kind.value}"
    return Happening(
        at=message.sent_at, about="message", what=what, details=details, text=message.content
    )


def _socket(event: SocketEvent) -> Happening:
    details = _told(
        reason=event.reason,
        code=event.code,
        session=event.session,
        connector=event.connector,
        shard=event.shard,
    )
    return Happening(at=event.at, about="socket", what=event.event, details=details)


def _command(command: Command) -> Happening:
    details = _told(by=command.asked_by, outcome=command.outcome or "waiting")
    return Happening(at=command.at, about="command", what=command.command, details=details)


def _audited(entry: Audited) -> Happening:
    details = _told(by=entry.who, outcome=entry.outcome)
    return Happening(at=entry.at, about="audit", what=entry.action, details=details)


def _told(**known: object) -> dict[str, str]:
    return {name: str(value) for name, value in known.items() if value is not None}
