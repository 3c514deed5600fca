"""Asking Twilio how far our messages are, where it cannot reach us to tell (``POLL_TWILIO``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from conversation.callbacks import Report
from conversation.delivery import state_after
from conversation.errors import Refused
from conversation.messages import Direction, Message, OutboundState, sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from conversation.identifiers import ContactId
    from conversation.outbox import Listed

RECENT: Final = timedelta(hours=1)
STOP_S: Final = 10.0


class Twilio(Protocol):
    """Who has the messages. Raises ``Rejected`` and ``Transient``."""

    def sent(self, since: datetime) -> list[Listed]:
        """What went to anyone, from ``since`` on."""


class Tracking(Protocol):
    """Who writes down what Twilio reports: the status callback's use case."""

    def track(self, report: Report, now: datetime) -> None:
        """Write it, once and forward only."""


class Messages(Protocol):
    """Our own messages."""

    def recent(self, contact_id: ContactId) -> Iterable[Message]:
        """The newest of a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The use case."""

    twilio: Twilio
    messages: Messages
    tracking: Tracking
    contact_of: Callable[[str], ContactId]
    """The contact behind an address; raises ``Refused`` where it is none."""

    def follow(self, now: datetime, time_left: Callable[[], float]) -> int:
        """Report each message that is further at Twilio than with us. Returns how many."""
        reported = 0
        for address, theirs in _by_address(self.twilio.sent(now - RECENT)).items():
            if time_left() < STOP_S:
                break
            for report in self._reports(address, theirs):
                self.tracking.track(report, now)
                reported += 1
        return reported

    def _reports(self, address: str, theirs: list[Listed]) -> list[Report]:
        try:
            contact_id = self.contact_of(address)
        except Refused:
            return []
        ours = {
            message.twilio_message_id: message
            for message in self.messages.recent(contact_id)
            if message.direction is Direction.OUTBOUND and message.twilio_message_id
        }
        return [
            _report(listed, ours[listed.sid])
            for listed in theirs
            if listed.sid in ours and _is_further(listed, ours[listed.sid])
        ]


def _by_address(listed: Iterable[Listed]) -> dict[str, list[Listed]]:
    groups: dict[str, list[Listed]] = {}
    for each in listed:
        groups.setdefault(each.to, []).append(each)
    return groups


def _is_further(listed: Listed, message: Message) -> bool:
    state = state_after(listed.status)
    return state is not None and OutboundState(message.state) in sources_of(state)


def _report(listed: Listed, message: Message) -> Report:
    return Report(
        sid=listed.sid,
        status=listed.status,
        error_code=listed.error_code,
        contact_id=message.contact_id,
        key=message.message_key,
    )
