"""What the agent said although nothing was asked, as messages of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.messages import Direction, Kind, Message, OutboundState, part_key
from conversation.text.parts import parts_said

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.identifiers import ContactId, SessionId, TurnKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolicited:
    """What the agent said unasked. Its key is made once: storing it again changes nothing."""

    contact_id: ContactId
    key: TurnKey
    text: str
    deliver: bool
    session: SessionId | None

    def messages(self, now: datetime) -> list[Message]:
        """One item a WhatsApp message."""
        return [
            Message(
                contact_id=self.contact_id,
                message_key=part_key(self.key, ordinal),
                conversation_id=self.contact_id,
                direction=Direction.OUTBOUND,
                kind=Kind.REPLY,
                content=part,
                state=OutboundState.PENDING if self.deliver else OutboundState.SKIPPED,
                sent_at=now,
                reason=None if self.deliver else "unsolicited",
                session=self.session,
            )
            for ordinal, part in enumerate(parts_said(self.text), 1)
        ]
