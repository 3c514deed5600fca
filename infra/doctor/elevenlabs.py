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
    "/v1/convai/agents": "Agents",
    "/v1/convai/batch-calling/workspace": "Batch calling",
    "/v1/convai/conversations": "Conversations",
}
"""What we ask with the key, and how ElevenLabs calls what it must be allowed to read for that."""

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
        return failed("elevenlabs_key", "elevenlabs_silent", url=settings.api_url)
    return judged(
        "elevenlabs_key",
        holds=answer.good or answer.reason not in BAD_KEY,
        good="key_known",
        bad="key_refused",
        status=answer.status,
        reason=answer.reason,
    )


def permissions(answers: Mapping[str, Answer]) -> Finding:
    """Whether the key may do all that we ask of it. ``answers`` by the words of ``USES``."""
    lacking = [use for use, answer in answers.items() if answer.status in {401, 403}]
    broken = [use for use, answer in answers.items() if not answer.good and use not in lacking]
    if broken and not lacking:
        return untold("elevenlabs_permissions", "key_untold", what=", ".join(broken))
    return judged(
        "elevenlabs_permissions",
        holds=not lacking,
        good="key_allowed",
        bad="key_lacks",
        what=", ".join(lacking or answers),
    )


def plan(answer: Answer, sockets: SocketSettings) -> Finding:
    """Whether ``ACCOUNT_SESSION_LIMIT`` is within what the plan allows."""
    ours, tier = sockets.account_limit, str(answer.document.get("tier", ""))
    allowed = TEXT_SESSIONS.get(tier)
    if not answer.good or allowed is None:
        if not tier:
            return untold("plan_concurrency", "plan_unreadable", ours=ours)
        return untold("plan_concurrency", "plan_unknown", tier=tier, ours=ours)
    return judged(
        "plan_concurrency",
        holds=ours <= allowed,
        good="plan_wide",
        bad="plan_narrow",
        tier=tier,
        allowed=allowed,
        ours=ours,
    )


def no_agents() -> Finding:
    """Nothing names an agent, and no call was made yet."""
    return untold("agent_exists", "agent_unnamed")
