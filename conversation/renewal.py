"""What a new call makes of a conversation's state. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from conversation.eligibility import e164_of
from conversation.openers import Skip, client_name
from conversation.state import Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.calls import Scalar
    from conversation.openers import Occasion, Opener
    from conversation.state import ConversationState

FORMER_CALLS: Final = 5
LONGEST_SUMMARY: Final = 8_000
"""Characters. Six of them, in the largest script, are well below an item's 400 KB."""

RESERVED: Final = "system__"
"""Variables that ElevenLabs makes itself, and refuses from a client."""

CALL_FIELDS: Final = (
    "agent_id",
    "batch_id",
    "recipient_id",
    "call_duration_secs",
    "call_summary",
    "call_id",
    "call_ended_at",
    "dynamic_variables",
    "branch_id",
    "environment",
    "custom_llm_extra_body",
    "user_id",
)
"""What one call brought. A new call replaces all of them, also by nothing."""


def renewed(occasion: Occasion, opener: Opener) -> ConversationState:
    """The state after the call of ``occasion`` was started from.

    A call that ended before the present one only joins the former ones.
    """
    before = occasion.before
    latest = before if occasion.superseded else _latest(occasion, opener)
    former = _told(_with_call(occasion)) if occasion.superseded else _told(before)
    return replace(
        latest,
        calls=_former(before, former) if former["call_id"] else before.calls,
        context_version=before.context_version + 1,
        last_message_at=_last(occasion),
    )


def _latest(occasion: Occasion, opener: Opener) -> ConversationState:
    before, goes_out = occasion.before, opener.skip is None
    held = opener.skip is Skip.NEEDS_TEMPLATE
    return replace(
        _with_call(occasion),
        status=_status(before, needs_attention=held),
        reason=str(Skip.NEEDS_TEMPLATE) if held else None,
        started_at=before.started_at or occasion.now,
        message_count=before.message_count + (1 if goes_out else 0),
        opener_at=occasion.now if goes_out else before.opener_at,
    )


def _with_call(occasion: Occasion) -> ConversationState:
    call, before = occasion.call, occasion.before
    number = e164_of(call.number)
    name = client_name(call.dynamic_variables, occasion.settings.name_variables)
    return replace(
        before,
        phone_number=before.phone_number or number,
        address=before.address or f"whatsapp:{number}",
        client_name=name or before.client_name or before.profile_name,
        language=occasion.language,
        agent_id=call.agent_id,
        batch_id=call.batch_id or None,
        recipient_id=call.recipient_id or None,
        call_duration_secs=call.duration_s,
        call_summary=call.summary[:LONGEST_SUMMARY] if call.summary else None,
        call_id=call.call_id,
        call_ended_at=call.ended_at,
        dynamic_variables=_ours_to_pass_on(call.dynamic_variables),
        branch_id=call.branch_id or None,
        environment=call.environment or None,
        custom_llm_extra_body=call.custom_llm_extra_body,
        user_id=call.user_id or None,
    )


def _ours_to_pass_on(variables: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {name: value for name, value in variables.items() if not name.startswith(RESERVED)}


def _told(state: ConversationState) -> dict[str, object]:
    """A call as it stands among the former ones."""
    return {
        "call_id": state.call_id,
        "agent_id": state.agent_id,
        "batch_id": state.batch_id,
        "recipient_id": state.recipient_id,
        "ended_at": state.call_ended_at.isoformat() if state.call_ended_at else None,
        "call_duration_secs": state.call_duration_secs,
        "call_summary": state.call_summary,
    }


def _former(
    before: ConversationState, call: Mapping[str, object]
) -> tuple[Mapping[str, object], ...]:
    newest_first = sorted(
        (call, *before.calls), key=lambda each: str(each.get("ended_at") or ""), reverse=True
    )
    return tuple(newest_first[:FORMER_CALLS])


def _status(before: ConversationState, *, needs_attention: bool) -> Status:
    if before.opted_out:
        return Status.OPTED_OUT
    return Status.NEEDS_ATTENTION if needs_attention else Status.ACTIVE


def _last(occasion: Occasion) -> datetime:
    """Time never goes back: a message may have come while this was decided."""
    before = occasion.before.last_message_at
    return max(before, occasion.now) if before else occasion.now
