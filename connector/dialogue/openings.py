"""When the next session may be opened, after how the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from connector.session.closing import Kind, Retry, Verdict

if TYPE_CHECKING:
    from random import Random

    from connector.dialogue.policy import DialoguePolicy

_DOUBLINGS = 10


class Openings:
    """The pauses between openings: full jitter, as the server asked, or long where it is ours.

    What needs a change of configuration is never retried in a loop: one opening a pause at most,
    and only when someone writes or the sweeper rings.
    """

    __slots__ = ("_chance", "_policy", "_ready", "blocked_until", "failures", "misconfigured")

    def __init__(self, policy: DialoguePolicy, chance: Random) -> None:
        self._policy = policy
        self._chance = chance
        self.failures = 0
        self.misconfigured = False
        self.blocked_until = 0.0
        self._ready = False

    @property
    def troubled(self) -> bool:
        """Whether it is time to tell a person who waits."""
        return self.misconfigured or self.failures >= self._policy.failures_before_trouble

    def succeeded(self) -> None:
        """A session became ready."""
        self._ready = True
        self.failures, self.misconfigured, self.blocked_until = 0, False, 0.0

    def ended(self, verdict: Verdict, now_s: float) -> None:
        """A session ended, or could not be opened."""
        self.misconfigured = verdict.kind is Kind.CONFIGURATION
        self.blocked_until = now_s + self._pause_s(verdict)
        self._ready = False

    def _pause_s(self, verdict: Verdict) -> float:
        retry = verdict.retry
        if retry is Retry.ON_DEMAND and not self._ready:
            # It ended in good order, but before anything could be asked: no reason to hurry.
            retry = Retry.BACKOFF
        match retry:
            case Retry.ON_DEMAND:
                return 0.0
            case Retry.NEVER:
                # Where another met the fault before us, the rest of its pause is ours too.
                return verdict.retry_after_s or self._policy.configuration_pause_s
            case Retry.BACKOFF | Retry.SLOW_DOWN:
                most = self._policy.backoff_base_s * 2 ** min(self.failures, _DOUBLINGS)
                self.failures += 1
                jittered = self._chance.uniform(0, min(most, self._policy.backoff_cap_s))
                return max(jittered, verdict.retry_after_s or 0.0)
            case _:
                assert_never(retry)
