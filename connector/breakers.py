"""A breaker for each agent: what fails again and again is left alone, then tried with one probe.

Pure. Closed → open after so many failures in a row, or at once where someone must change a setting
first → half-open when its pause is over: one opening is the probe, and decides for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from connector.session.closing import KEY_REFUSED, Kind, Retry, Verdict

if TYPE_CHECKING:
    from random import Random

    from conversation.identifiers import AgentId

AGENT_WIDE: Final = frozenset({"agent_not_found", KEY_REFUSED, "override_error", "quota"})
"""Faults in a configuration that every session of the agent has. The others, such as a variable
that is missing, may be one call's alone."""

_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """All in seconds."""

    failures: int = 5
    """Openings in a row that may fail before the agent is left alone."""
    base_s: float = 1.0
    cap_s: float = 60.0
    configuration_s: float = 600.0
    """Before a fault that needs a change of configuration is looked at again."""
    probe_s: float = 30.0
    """How long a probe may take before another is made."""


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    verdict: Verdict | None = None
    """Why it is open; ``None``: it is closed."""
    until: float = 0.0


class Breakers:
    """The breakers of all agents. Those that are closed and without a failure take no room."""

    __slots__ = ("_agents", "_chance", "_policy")

    def __init__(self, chance: Random, policy: BreakerPolicy | None = None) -> None:
        self._agents: dict[AgentId, _Breaker] = {}
        self._chance = chance
        self._policy = policy or BreakerPolicy()

    @property
    def open(self) -> int:
        """How many agents are left alone."""
        return sum(breaker.verdict is not None for breaker in self._agents.values())

    def refusal(self, agent: AgentId, now: float) -> Verdict | None:
        """Why nothing is to be opened for the agent now. ``None``: go on; it may be the probe."""
        breaker = self._agents.get(agent)
        if breaker is None or breaker.verdict is None:
            return None
        if now < breaker.until:
            return replace(breaker.verdict, retry_after_s=breaker.until - now)
        breaker.until = now + self._policy.probe_s  # this one is the probe; the others wait for it
        return None

    def opened(self, agent: AgentId) -> None:
        """A session of the agent is ready: all is well."""
        self._agents.pop(agent, None)

    def failed(self, agent: AgentId, verdict: Verdict, now: float) -> bool:
        """An opening failed. What the account has no room for is not the agent's fault.

        Returns whether the agent is left alone from now on because it failed so often.
        """
        if verdict.retry is Retry.BACKOFF:
            return self._count(agent, verdict, now)
        if verdict.kind is Kind.CONFIGURATION and verdict.reason in AGENT_WIDE:
            breaker = self._agents.setdefault(agent, _Breaker())
            breaker.verdict = verdict
            breaker.until = now + self._policy.configuration_s
        return False

    def mended(self, reason: str) -> None:
        """What was open for this reason is closed: somebody has changed the configuration."""
        open_for_it = [
            a for a, b in self._agents.items() if b.verdict and b.verdict.reason == reason
        ]
        for agent in open_for_it:
            del self._agents[agent]

    def _count(self, agent: AgentId, verdict: Verdict, now: float) -> bool:
        policy, breaker = self._policy, self._agents.setdefault(agent, _Breaker())
        breaker.failures += 1
        probed = breaker.verdict is not None
        opens = probed or breaker.failures >= policy.failures
        if opens:
            doublings = min(max(breaker.failures - policy.failures, 0) + 1, _DOUBLINGS)
            most = min(policy.base_s * 2**doublings, policy.cap_s)
            pause_s = max(self._chance.uniform(0, most), verdict.retry_after_s or 0.0)
            breaker.verdict, breaker.until = verdict, now + pause_s
        return opens and not probed
