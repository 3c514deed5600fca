"""What the sender needs of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.delivery import Aftermath
    from conversation.doorbells import Doorbell
    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.messages import Message, OutboundState
    from conversation.outbox import Desk, Listed, Needs, Outgoing


class Outbox(Protocol):
    """Where messages wait. What answers ``False`` wrote nothing: it stands otherwise by now."""

    def open(self, contact_id: ContactId, oldest: MessageKey) -> Desk:
        """The contact as it is now, back to ``oldest``."""

    def claim(self, message: Message, claim: str, needs: Needs, now: datetime) -> bool:
        """Make it ours to send, to where it is addressed, if the conversation still allows it."""

    def release(self, message: Message, claim: str) -> bool:
        """Give back what Twilio surely did not take."""

    def sent(self, message: Message, sid: MessageSid, now: datetime) -> bool:
        """Record that Twilio took it under ``sid``."""

    def skip(self, message: Message, reason: str) -> bool:
        """Record that it is never to be sent."""

    def take_over(self, message: Message, claim: str) -> bool:
        """Record that it was looked for: the claim is ours now."""

    def resend(self, message: Message) -> bool:
        """Let it be sent anew."""

    def unsure(self, message: Message, reason: str) -> bool:
        """Leave it to a person whether it is sent anew."""


class Deliveries(Protocol):
    """Where it is written how far a message is: the same for whoever hears of it."""

    def find(self, contact_id: ContactId, key: MessageKey) -> Message | None:
        """The message, as it is now."""

    def advance(
        self, message: Message, state: OutboundState, sid: MessageSid, now: datetime
    ) -> bool:
        """Bring it forward and bind the sid; ``False``: it stands further, or under another."""

    def fail(
        self,
        message: Message,
        after: Aftermath,
        *,
        now: datetime,
        sid: MessageSid | None = None,
        claim: str | None = None,
    ) -> bool:
        """Write the failure and what follows from it; ``False``: it stands elsewhere now."""


class Twilio(Protocol):
    """Who carries messages. Raises ``Rejected`` and ``Transient``."""

    def send(self, message: Outgoing) -> MessageSid:
        """POST it once."""

    def sent_to(self, address: str, since: datetime) -> list[Listed]:
        """What went to ``address``, from ``since`` on."""

    def show_typing(self, sid: MessageSid) -> None:
        """Show the writer of ``sid`` that an answer is being written."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


class Visibility(Protocol):
    """When a doorbell comes back."""

    def come_back(self, receipt: str, after_s: float) -> None:
        """Let it be received again ``after_s`` from now; raises ``Transient``."""


class DeadLetters(Protocol):
    """Where letters are left for an operator."""

    def put(self, body: str, reason: str) -> None:
        """Leave one there; raises ``Transient``."""


class Pace(Protocol):
    """Time that never goes back."""

    def monotonic(self) -> float:
        """Seconds."""
