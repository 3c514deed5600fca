"""Where the agents are, and which one answers whom nobody called."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import key, number, optional, url
from conversation.settings import setting


@dataclass(frozen=True, slots=True)
class ElevenLabsSettings:
    """Where the agents are."""

    api_key: str = setting(
        "ELEVENLABS_API_KEY", "an ElevenLabs key with access to Agents", key, secret=True
    )
    api_url: str = setting(
        "ELEVENLABS_API_URL",
        "ElevenLabs' address: https for REST, wss with the same host for the WebSocket",
        url,
        default="https://api.elevenlabs.io",
    )
    timeout_s: float = setting(
        "ELEVENLABS_TIMEOUT_S",
        "how long one REST request to ElevenLabs may take",
        number(1, 60),
        default="10",
    )


@dataclass(frozen=True, slots=True)
class WebhookSecretSettings:
    """Who may tell us that a call has ended."""

    secret: str | None = setting(
        "ELEVENLABS_WEBHOOK_SECRET",
        "the secret of the post-call webhook, shown once when it is made at ElevenLabs; without "
        "it calls are found by polling alone",
        optional,
        default="",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Which agent answers whom nobody called."""

    default_agent_id: str | None = setting(
        "DEFAULT_AGENT_ID",
        "the agent that answers a person who writes first; without one a sentence is sent",
        optional,
        default="",
    )
