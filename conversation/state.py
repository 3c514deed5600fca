"""The state of a conversation: all that is exchanged with one contact, over days."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation import window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.calls import Scalar
    from conversation.identifiers import AgentId, CallId, ContactId, SessionId
    from conversation.sitting import Sitting


class Status(StrEnum):
    """Where a conversation stands, as an operator sees it."""

    ACTIVE = "active"
    WAITING_PERSON = "waiting_person"
    AGENT_THINKING = "agent_thinking"
    NEEDS_ATTENTION = "needs_attention"
    CLOSED = "closed"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """The gist of a conversation: what its owner goes by once the agent was told of the call.

    A part of its own, because a connector keeps it for each of ten thousand contacts.
    """

    contact_id: ContactId
    phone_number: str | None = None
    elevenlabs_conversation_id: SessionId | None = None
    agent_id: AgentId | None = None
    last_inbound_at: datetime | None = None
    language: str | None = None
    call_id: CallId | None = None
    branch_id: str | None = None
    environment: str | None = None
    context_version: int = 0
    """Rises with each new call: a session opened under an older one is replaced."""
    opted_out: bool = False
    paused_until: datetime | None = None
    reason: str | None = None
    """Why it needs attention, in one stable word."""
    asked_lately: tuple[datetime, ...] = ()
    """When turns were asked, the latest last: what the limits of floods count."""
    sitting: Sitting | None = None
    """How many turns the person has had since the last call, or since a day's rest."""

    @property
    def number(self) -> str | None:
        """Whose conversation it is, as operators are shown it (masked)."""
        return self.phone_number

    def told(self) -> Gist:
        """Without what is only read to tell an agent of the call, which may be several KB."""
        return self

    def window_open(self, now: datetime) -> bool:
        """Whether free text may be sent to the person now."""
        return window.is_open(self.last_inbound_at, now)

    def paused(self, now: datetime) -> bool:
        """Whether an operator holds the agent back."""
        return self.paused_until is not None and now < self.paused_until


_GIST: Final = tuple(field.name for field in fields(Gist))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState(Gist):
    """One item of ``conversation_state``: the original's fields by their names, then ours.

    Writers update named fields and never put the item; only a connector touches ``epoch``.
    Times are aware and in UTC.
    """

    client_name: str | None = None
    batch_id: str | None = None
    recipient_id: str | None = None
    call_duration_secs: int | None = None
    status: Status = Status.ACTIVE
    started_at: datetime | None = None
    last_message_at: datetime | None = None
    message_count: int = 0

    address: str | None = None
    """As Twilio gave it, or as we first wrote to it: where messages are sent."""
    elsewhere: ContactId | None = None
    """The contact that the person's other address makes: what they began there may go on."""
    profile_name: str | None = None
    call_summary: str | None = None
    call_ended_at: datetime | None = None
    dynamic_variables: Mapping[str, Scalar] = field(default_factory=dict)
    custom_llm_extra_body: Mapping[str, object] | None = None
    user_id: str | None = None
    calls: tuple[Mapping[str, object], ...] = ()
    """The calls before the present one, the newest first, five at most."""
    opener_at: datetime | None = None
    epoch: int = 0
    open_on: str | None = None
    """The shard whose connector holds the open socket; absent while none is open."""
    session_opened_at: datetime | None = None

    @property
    def number(self) -> str | None:
        """The address, where nothing better is known of it."""
        return self.phone_number or self.address

    def told(self) -> Gist:
        """The gist, without the rest."""
        kept = {name: getattr(self, name) for name in _GIST}
        return Gist(**(kept | {"phone_number": self.number}))
