"""Receiving a message: whom it is for, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from conversation.addresses import normalise, parse_address
from conversation.errors import Refused
from conversation.inbound import Inbound, read_inbound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PATH: Final = "/twilio/whatsapp"
"""Where Twilio posts messages, below ``PUBLIC_BASE_URL``."""


class Reception(Protocol):
    """Who takes messages in."""

    def take(self, inbound: Inbound, now: datetime) -> None:
        """Store it once and ring; raises ``Transient`` where it could not be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The use case. When ``receive`` returns, the message is in the table and stays there."""

    reception: Reception
    sender: str
    """Our own WhatsApp address: what is for another is not ours."""

    def receive(self, params: Mapping[str, str], now: datetime) -> None:
        """Take in what Twilio signed. Raises ``Refused`` or ``Transient``."""
        if not self._for_us(params.get("To", "")):
            raise Refused("the message is for another sender", reason="not_ours")
        self.reception.take(read_inbound(params), now)

    def _for_us(self, to: str) -> bool:
        """Twilio may write our number in another of its country's forms."""
        try:
            return normalise(parse_address(to)) == normalise(parse_address(self.sender))
        except Refused:
            return False
