"""Giving a message up, with what follows from that: a template instead, or silence from now on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.delivery import Remedy, Template, aftermath
from conversation.signals import Signal
from functions.reply_sender.steps import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.delivery import Fault
    from conversation.identifiers import MessageKey, MessageSid
    from conversation.messages import Message
    from conversation.signals import Signals
    from conversation.state import ConversationState
    from functions.reply_sender.ports import Deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Writes a failure, and in the same transaction all that it leads to."""

    deliveries: Deliveries
    signals: Signals
    template_for: Callable[[ConversationState, datetime], Template | None]
    new_key: Callable[[], MessageKey]

    def fail(
        self,
        message: Message,
        fault: Fault,
        state: ConversationState,
        now: datetime,
        *,
        sid: MessageSid | None = None,
        claim: str | None = None,
        code: int | None = None,
    ) -> Step:
        """Write that ``message`` failed by ``fault``. What comes of it asks for a fresh look."""
        template = self.template_for(state, now) if fault.remedy is Remedy.TEMPLATE else None
        after = aftermath(message, fault, template=template, new_key=self.new_key(), now=now)
        if not self.deliveries.fail(message, after, now=now, sid=sid, claim=claim):
            return Step.AGAIN
        named = {"contact_id": message.contact_id, "message_key": message.message_key}
        self.signals(
            Signal.REPLY_FAILED, **named, kind=message.kind.value, reason=fault.reason, code=code
        )
        if after.opts_out:
            self.signals(Signal.PERSON_OPTED_OUT, **named)
        return Step.AGAIN if after.opts_out or after.successor is not None else Step.NEXT
