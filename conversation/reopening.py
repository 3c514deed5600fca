"""What may still be sent to a person whose window is closed: the opener's template, once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.calls import Call, CallDirection, CallResult, CallState
from conversation.delivery import Template
from conversation.identifiers import AgentId, CallId
from conversation.openers import Occasion, Skip, opener_for

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.state import ConversationState
    from conversation.variables import StartSettings
    from conversation.words import Words

_FORBIDS: Final = frozenset({Skip.OPTED_OUT, Skip.DRY_RUN, Skip.NOT_ALLOWED})
"""What holds an opener back holds this back; a cool-down does not: the message is owed."""


def template_to_reopen(
    state: ConversationState, *, settings: StartSettings, words: Words, now: datetime
) -> Template | None:
    """The template for the person, filled in; ``None`` where none is configured or allowed."""
    number = state.phone_number or state.address
    if number is None:
        return None
    occasion = Occasion(_last_call(state, number, now), state, settings, now)
    opener = opener_for(occasion, name=state.client_name, words=words)
    if opener.content_sid is None or opener.content_variables is None or opener.skip in _FORBIDS:
        return None
    return Template(opener.content_sid, opener.content_variables, opener.content)


def _last_call(state: ConversationState, number: str, now: datetime) -> Call:
    """The call as the state remembers it."""
    return Call(
        call_id=state.call_id or CallId(""),
        agent_id=state.agent_id or AgentId(""),
        number=number,
        direction=CallDirection.OUTBOUND,
        state=CallState.DONE,
        result=CallResult.ANSWERED,
        ended_at=state.call_ended_at or now,
        duration_s=state.call_duration_secs or 0,
        language=state.language,
        dynamic_variables=state.dynamic_variables,
    )
