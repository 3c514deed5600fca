"""Phone calls, as far as WhatsApp goes on from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.identifiers import AgentId, CallId

Scalar = str | int | float | bool | None


class CallDirection(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallState(StrEnum):
    """How far ElevenLabs is with a call."""

    GOING_ON = "going_on"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class CallResult(StrEnum):
    """Who picked up, if anyone."""

    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    NOT_REACHED = "not_reached"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One finished (or finishing) phone call with one person. Times are aware and in UTC."""

    call_id: CallId
    agent_id: AgentId
    number: str
    direction: CallDirection
    state: CallState
    result: CallResult
    ended_at: datetime
    duration_s: int
    batch_id: str | None = None
    recipient_id: str | None = None
    language: str | None = None
    summary: str | None = None
    dynamic_variables: Mapping[str, Scalar] = field(default_factory=dict)
    branch_id: str | None = None
    environment: str | None = None
    custom_llm_extra_body: Mapping[str, object] | None = None
    user_id: str | None = None
