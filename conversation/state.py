"""The state of a conversation: all that is exchanged with one contact, over days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

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
class ConversationState:
    """One item of ``conversation_state``: the original's fields by their names, then ours.

    Writers update named fields and never put the item; only a connector touches ``epoch``.
    Times are aware and in UTC.
    """

    contact_id: ContactId
    phone_number: str | None = None
    client_name: str | None = None
    elevenlabs_conversation_id: SessionId | None = None
    agent_id: AgentId | None = None
    batch_id: str | None = None
    recipient_id: str | None = None
    call_duration_secs: int | None = None
    status: Status = Status.ACTIVE
    started_at: datetime | None = None
    last_message_at: datetime | None = None
    message_count: int = 0

    address: str | None = None
    """As Twilio gave it, or as we first wrote to it: where messages are sent."""
    profile_name: str | None = None
    last_inbound_at: datetime | None = None
    language: str | None = None
    call_summary: str | None = None
    call_id: CallId | None = None
    call_ended_at: datetime | None = None
    dynamic_variables: Mapping[str, Scalar] = field(default_factory=dict)
    branch_id: str | None = None
    environment: str | None = None
    custom_llm_extra_body: Mapping[str, object] | None = None
    user_id: str | None = None
    calls: tuple[Mapping[str, object], ...] = ()
    """The calls before the present one, the newest first, five at most."""
    context_version: int = 0
    """Rises with each new call: a session opened under an older one is replaced."""
    opener_at: datetime | None = None
    opted_out: bool = False
    paused_until: datetime | None = None
    reason: str | None = None
    """Why it needs attention, in one stable word."""
    epoch: int = 0
    open_on: str | None = None
    """The shard whose connector holds the open socket; absent while none is open."""
    session_opened_at: datetime | None = None
    asked_lately: tuple[datetime, ...] = ()
    """When turns were asked, the latest last: what the limits of floods count."""
    sitting: Sitting | None = None
    """How many turns the person has had since the last call, or since a day's rest."""

    def told(self) -> ConversationState:
        """Without what is only read to tell an agent of the call, which may be several KB."""
        texts = (self.call_summary, self.dynamic_variables, self.custom_llm_extra_body, self.calls)
        if not (self.client_name or any(texts)):
            return self  # as nearly always: it was told before
        return replace(
            self,
            client_name=None,
            profile_name=None,
            user_id=None,
            batch_id=None,
            recipient_id=None,
            call_summary=None,
            dynamic_variables={},
            custom_llm_extra_body=None,
            calls=(),
        )

    def window_open(self, now: datetime) -> bool:
        """Whether free text may be sent to the person now."""
        return window.is_open(self.last_inbound_at, now)

    def paused(self, now: datetime) -> bool:
        """Whether an operator holds the agent back."""
        return self.paused_until is not None and now < self.paused_until
