"""Showing a person that their answer is being written: a courtesy, never worth a delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.errors import HiloError
from conversation.messages import Direction
from conversation.signals import Signal

if TYPE_CHECKING:
    from conversation.doorbells import Doorbell
    from conversation.signals import Signals
    from functions.reply_sender.ports import Deliveries, Twilio


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """The use case. Never raises an error of ours: what fails is noted, and that is all."""

    deliveries: Deliveries
    twilio: Twilio
    signals: Signals

    def show(self, bell: Doorbell) -> None:
        """Show it to who wrote the last message of the turn, if that is still unanswered."""
        try:
            message = self.deliveries.find(bell.contact_id, bell.key)
            asked = message and message.direction is Direction.INBOUND and message.unfinished
            if message and asked and message.twilio_message_id:
                self.twilio.show_typing(message.twilio_message_id)
        except HiloError as error:
            self.signals(
                Signal.PROVIDER_FAILED,
                contact_id=bell.contact_id,
                message_key=bell.key,
                reason=error.reason,
                where="typing",
            )
