"""The key, what it may do, and the plan behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.doctor.asking import NO_ANSWER, Answer
from infra.doctor.findings import failed, judged, untold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.findings import Finding
    from conversation.variables import ElevenLabsSettings, SocketSettings

BAD_KEY: Final = frozenset({"invalid_api_key", "needs_authorization", "unauthorized"})

USES: Final[Mapping[str, str]] = {
    "/v1/convai/agents": "read agents",
    "/v1/convai/batch-calling/workspace": "list batch calls",
    "/v1/convai/conversations": "list calls",
}
"""What we ask with the key, and what it must be allowed for that."""

SUBSCRIPTION: Final = "/v1/user/subscription"

TEXT_SESSIONS: Final[Mapping[str, int]] = {
    "free": 100,
    "starter": 150,
    "creator": 250,
    "pro": 500,
    "scale": 750,
    "business": 750,
}
"""How many text sessions a plan allows at a time. Source: ElevenLabs, "Chat mode", 2026."""


def key(answer: Answer, settings: ElevenLabsSettings) -> Finding:
    """Whether the key is one. ``answer`` is to any request with it."""
    if answer.status == NO_ANSWER:
        return failed(
            "elevenlabs_key",
            f"{settings.api_url} gives no answer",
            "Check ELEVENLABS_API_URL and this machine's way to the internet.",
        )
    return judged(
        "elevenlabs_key",
        holds=answer.good or answer.reason not in BAD_KEY,
        good="ElevenLabs knows it",
        bad=f"ElevenLabs answers {answer.status} ({answer.reason})",
        remedy=(
            "Set ELEVENLABS_API_KEY to a key of the workspace that has the agents "
            "(ElevenLabs: Developers, API keys)."
        ),
    )


def permissions(answers: Mapping[str, Answer]) -> Finding:
    """Whether the key may do all that we ask of it. ``answers`` by the words of ``USES``."""
    lacking = [use for use, answer in answers.items() if answer.status in {401, 403}]
    broken = [use for use, answer in answers.items() if not answer.good and use not in lacking]
    if broken and not lacking:
        return untold(
            "elevenlabs_permissions",
            f"ElevenLabs would not answer whether the key may {', '.join(broken)}",
            "Run this again in a minute.",
        )
    return judged(
        "elevenlabs_permissions",
        holds=not lacking,
        good=f"the key may {', '.join(answers)}",
        bad=f"the key may not {', '.join(lacking)}",
        remedy="Give the key access to Agents, read and write (ElevenLabs: Developers, API keys).",
    )


def plan(answer: Answer, sockets: SocketSettings) -> Finding:
    """Whether ``ACCOUNT_SESSION_LIMIT`` is within what the plan allows."""
    ours, tier = sockets.account_limit, str(answer.document.get("tier", ""))
    allowed = TEXT_SESSIONS.get(tier)
    if not answer.good or allowed is None:
        why = f"the plan {tier!r} is not known here" if tier else "the key may not read the plan"
        return untold(
            "plan_concurrency",
            f"{why}; ACCOUNT_SESSION_LIMIT is {ours}",
            "Compare ACCOUNT_SESSION_LIMIT with the plan's text sessions by hand, or give the key "
            "the permission User: read.",
        )
    return judged(
        "plan_concurrency",
        holds=ours <= allowed,
        good=f"the plan {tier} allows {allowed} text sessions, we take {ours} at most",
        bad=f"the plan {tier} allows {allowed} text sessions, ACCOUNT_SESSION_LIMIT is {ours}",
        remedy=f"Set ACCOUNT_SESSION_LIMIT={allowed}, or choose a larger plan.",
    )


def no_agents() -> Finding:
    """Nothing names an agent, and no call was made yet."""
    return untold(
        "agent_exists",
        "no agent is named, and no call was made yet",
        "Set DEFAULT_AGENT_ID to the agent that answers who writes first.",
    )
