"""A person's timeline: turns with their parts, sessions, commands and operators' acts, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.messages import Direction
from functions.panel.shown import Happening, ShownSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    """What happened, the newest first. The messages of a turn stand in it, the oldest first."""
    found = [
        *_call(state),
        *_turns(messages),
        *(_message(message) for message in messages if message.turn is None),
        *map(_socket, events),
        *map(_command, commands),
        *map(_audited, audited),
    ]
    return tuple(sorted(found, key=lambda happening: happening.at, reverse=True))


def sessions(events: Iterable[SocketEvent]) -> tuple[ShownSession, ...]:
    """When each session was opened and closed, and why, the oldest first."""
    found: dict[str, ShownSession] = {}
    for event in events:
        if event.session is None:
            continue
        known = found.get(event.session)
        opened = event.at if event.event == "socket_opened" else known and known.opened_at
        over = event.event != "socket_opened"
        found[event.session] = ShownSession(
            session=event.session,
            opened_at=opened or None,
            closed_at=event.at if over else None,
            why=event.reason if over else None,
        )
    return tuple(found.values())


def _call(state: ConversationState) -> Iterator[Happening]:
    if state.call_ended_at is not None:
        details = _told(call=state.call_id, seconds=state.call_duration_secs, batch=state.batch_id)
        yield Happening(at=state.call_ended_at, about="call", what="ended", details=details)


def _turns(messages: Sequence[Message]) -> Iterator[Happening]:
    turns: dict[str, list[Message]] = {}
    for message in messages:
        if message.turn is not None:
            turns.setdefault(message.turn, []).append(message)
    for key, said in turns.items():
        yield _turn(key, said)


def _turn(key: str, said: Sequence[Message]) -> Happening:
    asked = [m for m in said if m.direction is Direction.INBOUND]
    parts = [m for m in said if m.direction is Direction.OUTBOUND]
    waited = [m.latency_ms for m in parts if m.latency_ms is not None]
    state = asked[-1].state.value if asked else None
    details = _told(
        turn=key,
        state=state,
        reason=asked[-1].reason if asked else None,
        session=next((m.session for m in reversed(said) if m.session), None),
        attempts=max((m.attempts for m in asked), default=0) or None,
        parts=len(parts) or None,
        latency_ms=waited[0] if waited else None,
    )
    return Happening(
        at=said[0].sent_at,
        about="turn",
        what="asked",
        details=details,
        parts=tuple(map(_message, said)),
    )


def _message(message: Message) -> Happening:
    details = _told(
        state=message.state.value,
        reason=message.reason,
        latency_ms=message.latency_ms,
        attempts=message.attempts or None,
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
