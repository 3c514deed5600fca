"""The account at the end: what the table holds against what the phone shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from conversation.messages import Direction, InboundState, OutboundState
from infra.local.flow.ports import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conversation.messages import Message
    from infra.local.flow.ports import Bubble

ARRIVED: Final = frozenset({OutboundState.DELIVERED, OutboundState.READ})
TAKEN: Final = ARRIVED | {OutboundState.SENT}

_SIDES: Final = {Direction.INBOUND: Side.PERSON, Direction.OUTBOUND: Side.AGENT}


def differences(
    messages: Sequence[Message], bubbles: Sequence[Bubble], *, ordered: bool, receipts: bool
) -> list[str]:
    """Everything in which the table and the phone differ; nothing if all is well.

    A message that was sent twice is on the phone under a sid that the table does not know. What was
    SKIPPED on purpose is in the table alone. Without ``receipts`` nobody tells that a
    message was delivered, and SENT must do.
    """
    kept = [m for m in messages if m.state is not OutboundState.SKIPPED]
    return [
        *_unfinished(kept, TAKEN if not receipts else ARRIVED),
        *_repeated(kept, bubbles),
        *_missing(kept, bubbles),
        *_changed(kept, bubbles),
        *(_disordered(kept, bubbles) if ordered else ()),
    ]


def _unfinished(messages: Sequence[Message], accepted: frozenset[OutboundState]) -> Iterator[str]:
    for message in messages:
        if message.state not in accepted and message.state is not InboundState.ANSWERED:
            yield f"{_named(message)} is {message.state} in the table"


def _repeated(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> Iterator[str]:
    places = (
        ("in the table", Counter(m.twilio_message_id for m in messages if m.twilio_message_id)),
        ("on the phone", Counter(b.sid for b in bubbles)),
    )
    for where, counted in places:
        yield from (f"{sid} is {n} times {where}" for sid, n in counted.items() if n > 1)


def _missing(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> Iterator[str]:
    in_table = {str(m.twilio_message_id) for m in messages if m.twilio_message_id}
    on_phone = {b.sid for b in bubbles}
    yield from (f"{m.kind} {m.message_key} has no sid" for m in messages if not m.twilio_message_id)
    yield from (f"{sid} is not on the phone" for sid in sorted(in_table - on_phone))
    yield from (f"{sid} is not in the table" for sid in sorted(on_phone - in_table))


def _changed(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> Iterator[str]:
    shown = {b.sid: b for b in bubbles}
    for message in messages:
        bubble = shown.get(str(message.twilio_message_id))
        if bubble is None:
            continue
        if bubble.side is not _SIDES[message.direction]:
            yield f"{bubble.sid} is the {bubble.side}'s on the phone"
        if bubble.text != message.content:
            yield f"{bubble.sid} reads otherwise on the phone"


def _disordered(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> Iterator[str]:
    known = {str(m.twilio_message_id) for m in messages} & {b.sid for b in bubbles}
    table = list(dict.fromkeys(s for m in messages if (s := str(m.twilio_message_id)) in known))
    phone = list(dict.fromkeys(b.sid for b in bubbles if b.sid in known))
    if table != phone:
        yield f"the order is {', '.join(table)} in the table and {', '.join(phone)} on the phone"


def _named(message: Message) -> str:
    return f"{message.kind} {message.twilio_message_id or message.message_key}"
