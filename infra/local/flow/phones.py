"""The person's phone: a simulated one, one played through Twilio's door, or a person's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from conversation.addresses import normalise, parse_address
from conversation.errors import Refused
from conversation.messages import Direction, Message, OutboundState
from infra.local.flow.ports import Bubble, Side, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from conversation.outbox import Listed
    from infra.local.flow.control import Control
    from infra.local.flow.ports import Records
    from infra.local.flow.watch import Watch


LEFT: Final = frozenset({"sent", "delivered", "read"})
"""States in which a message has left Twilio for the phone."""


class MessageList(Protocol):
    """Twilio's list of messages: ``conversation.adapters.twilio.messages``."""

    def sent_to(self, address: str, since: datetime) -> Sequence[Listed]:
        """What we sent there, the newest first."""

    def received(self, since: datetime) -> Sequence[Listed]:
        """What people wrote to us, the newest first."""


@dataclass(slots=True, kw_only=True)
class SimulatedPhone:
    """A person of the simulator's, with the chat open: what arrives is read."""

    control: Control
    number: str
    name: str
    look_in: str
    ordered: bool = True
    receipts: bool = True
    _before: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        """Take the phone up."""
        self.control.post(self._path("open"))
        self._before = frozenset(bubble.sid for bubble in self.look())

    def look(self) -> list[Bubble]:
        """What the screen shows."""
        chat = self.control.get(self._path("messages"))["messages"]
        return [_shown(row) for row in chat if row["sid"] not in self._before]

    def write(self, text: str) -> str:
        """Type and send; returns once our webhook has answered."""
        said = self.control.post(
            self._path("say"), {"body": text, "profile_name": self.name, "wait": True}
        )
        answers = [attempt.get("status") for attempt in (said["webhook"] or {}).get("attempts", [])]
        if not answers or answers[-1] != 200:  # noqa: PLR2004 - HTTP's word for yes
            raise StepFailedError(
                expected="the webhook to take the message (200)",
                seen=f"it answered {answers[-1] if answers else 'nothing'}",
                look_in=self.look_in,
            )
        return str(said["sid"])

    def _path(self, what: str) -> str:
        return f"/people/{self.number}/{what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedPhone:
    """A person in front of a Twilio that is neither ours nor the real one.

    What the person writes goes to our webhook as Twilio would post it (``post`` signs it). What
    they read is what that Twilio took from us, as the table recorded it.
    """

    records: Records
    post: Callable[[str], str]
    ordered: bool = True
    receipts: bool = False

    def look(self) -> list[Bubble]:
        """What was taken."""
        return [_recorded(m) for m in self.records.messages() if _was_taken(m)]

    def write(self, text: str) -> str:
        """Post it to the webhook."""
        return self.post(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPhone:
    """A person of flesh and blood. The screen asks them to write; Twilio's list shows the chat."""

    listed: MessageList
    address: str
    since: datetime
    watch: Watch
    patience_s: float
    tell: Callable[[str], None]
    look_in: str
    ordered: bool = False  # Twilio's list knows seconds only
    receipts: bool = True

    def look(self) -> list[Bubble]:
        """Both directions, as Twilio has them."""
        received = self.listed.received(self.since)
        written = [m for m in reversed(received) if _is_theirs(m, self.address)]
        sent = self.listed.sent_to(self.address, self.since)
        both = [*written, *(m for m in reversed(sent) if m.status in LEFT)]
        return [_from_list(message) for message in sorted(both, key=lambda m: m.created_at)]

    def write(self, text: str) -> str:
        """Ask the person to write, and wait until they have."""
        before = {bubble.sid for bubble in self.look()}
        self.tell(f"Now write from your own WhatsApp, for example: {text}")
        return self.watch.until(
            lambda: next((sid for sid in self._written() if sid not in before), None),
            within_s=self.patience_s,
            expected="a message of yours",
            seen=lambda: "none came",
            look_in=self.look_in,
        )

    def _written(self) -> list[str]:
        return [bubble.sid for bubble in self.look() if bubble.side is Side.PERSON]


def _shown(row: Mapping[str, object]) -> Bubble:
    side = Side.PERSON if row["mine"] else Side.AGENT
    return Bubble(str(row["sid"]), side, str(row["body"]), str(row["status"]))


def _recorded(message: Message) -> Bubble:
    side = Side.PERSON if message.direction is Direction.INBOUND else Side.AGENT
    return Bubble(str(message.twilio_message_id), side, message.content, message.state)


def _was_taken(message: Message) -> bool:
    return message.twilio_message_id is not None and message.state is not OutboundState.FAILED


def _is_theirs(message: Listed, address: str) -> bool:
    try:
        return normalise(parse_address(message.from_)) == normalise(parse_address(address))
    except Refused:
        return False


def _from_list(message: Listed) -> Bubble:
    side = Side.PERSON if message.inbound else Side.AGENT
    return Bubble(message.sid, side, message.body, message.status)
