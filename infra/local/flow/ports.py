"""What the steps need of the world, and the words in which it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conversation.batches import Recipient
    from conversation.identifiers import AgentId, MessageKey
    from conversation.messages import Message
    from conversation.state import ConversationState


class Side(StrEnum):
    """Who wrote a message."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as the person's phone shows it (or Twilio's list, where nobody sees the phone)."""

    sid: str
    side: Side
    text: str
    status: str


class Calls(Protocol):
    """ElevenLabs, as somebody who starts a campaign uses it."""

    def agent(self) -> AgentId:
        """Who will call."""

    def start(self, name: str, agent: AgentId, number: str, variables: Mapping[str, str]) -> str:
        """Have one person called, now; the id of the batch."""

    def recipients(self, batch_id: str) -> Sequence[Recipient]:
        """How far the calls of the batch are."""

    def open_sessions(self) -> frozenset[str] | None:
        """The ids of the text sessions that are open; ``None`` where ElevenLabs does not tell."""


class Phone(Protocol):
    """The person's phone, with WhatsApp on it. What was there before the flow is not shown."""

    @property
    def ordered(self) -> bool:
        """Whether ``look`` shows the order in which messages came."""

    @property
    def receipts(self) -> bool:
        """Whether delivery is told."""

    def look(self) -> list[Bubble]:
        """The messages, the oldest first."""

    def write(self, text: str) -> str:
        """Write as the person; the message's sid. Raises ``StepFailedError`` if nobody took it."""


class Records(Protocol):
    """What the tables hold of the person."""

    def state(self) -> ConversationState | None:
        """The conversation, once there is one."""

    def messages(self) -> list[Message]:
        """Its messages in the order of their keys. Only those since the flow began."""

    def close_socket(self) -> MessageKey:
        """Ask the connector, as an operator would, to close the socket; the command's key."""


class Pause(Protocol):
    """Lets time pass, and notices if something ends meanwhile."""

    def __call__(self, seconds: float, /) -> None:
        """Wait so long. Raises where it makes no sense to go on."""


class StepFailedError(Exception):
    """A step did not come out as it must."""

    def __init__(self, *, expected: str, seen: str, look_in: str) -> None:
        super().__init__(f"expected {expected}; seen: {seen}")
        self.expected = expected
        self.seen = seen
        self.look_in = look_in
