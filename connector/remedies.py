"""What an operator does about a session's end that needs a change of configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connector.session.closing import Verdict

_OVERRIDES: Final = "platform_settings.overrides.conversation_config_override"
_PARTS: Final = {
    "text_only": "conversation",
    "max_duration_seconds": "conversation",
    "first_message": "agent",
    "language": "agent",
    "max_conversation_duration_message": "agent",
    "prompt": "agent.prompt",
}
"""Where the toggle of a field is."""

REMEDIES: Final = {
    "override_error": "allow the override that `error` names in the agent's security settings",
    "missing_dynamic_variable": "give the variables that `error` names a value in the calls",
    "auth": "check ELEVENLABS_API_KEY, and whether the agent requires authentication",
    "quota": "the ElevenLabs account has no credit left",
    "agent_not_found": "check the agent's id, and whether the API key sees its workspace",
}
_ELSE: Final = "see the agent's settings in ElevenLabs"


def remedy_for(verdict: Verdict) -> str:
    """One sentence; where a toggle is in the way, with its whole name."""
    if verdict.reason == "override_error" and verdict.subject:
        return f"in the agent's settings, Security > Overrides, allow {toggle(verdict.subject)}"
    return REMEDIES.get(verdict.reason, _ELSE)


def toggle(field: str) -> str:
    """The name of the toggle that allows a field to be overridden."""
    part = _PARTS.get(field)
    where = _OVERRIDES if part is None else f"{_OVERRIDES}.{part}"
    return f"{where}.{field}"
