"""What is known of the agents: looked up off the loop, kept for a while, guessed where unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from connector.remedies import toggle
from connector.strands import Job
from conversation.errors import HiloError
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.loop import Loop
    from connector.strands import Strands
    from conversation.identifiers import AgentId
    from conversation.signals import Signals

KEPT_S: Final = 600.0
GUESS_KEPT_S: Final = 60.0
TOGGLE: Final = (
    f"in the agent's settings, Security > Overrides, allow “Text only” ({toggle('text_only')})"
)


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """An agent, as far as a text session depends on it. The defaults are for one unknown."""

    greets: bool | None = None
    """Whether it has a first message; ``None`` = unknown."""
    client_events: frozenset[str] = frozenset()
    max_session_s: float | None = None
    text_only: bool = False
    """The agent itself is for text."""
    override_allowed: bool = True
    """A session may override ``text_only``."""

    @property
    def override(self) -> bool | None:
        """``text_only`` as a session sends it: nothing where the agent takes no override."""
        return True if self.override_allowed and not self.text_only else None

    @property
    def misconfigured(self) -> bool:
        """An agent for voice that no session can make write."""
        return not self.text_only and not self.override_allowed


class Directory(Protocol):
    """Where agents are looked up. Blocking; raises a ``HiloError``."""

    def __call__(self, agent_id: AgentId, /) -> AgentFacts:
        """How the agent is configured."""


@dataclass(frozen=True, slots=True)
class _Kept:
    facts: AgentFacts
    until: float


class Agents:
    """Belongs to the loop's thread. One look-up an agent at a time, whoever asks."""

    def __init__(
        self, loop: Loop, directory: Directory, *, strands: Strands, signals: Signals
    ) -> None:
        self._loop = loop
        self._directory = directory
        self._strands = strands
        self._signals = signals
        self._kept: dict[AgentId, _Kept] = {}
        self._waiting: dict[AgentId, list[Callable[[AgentFacts], object]]] = {}

    def facts(self, agent_id: AgentId, done: Callable[[AgentFacts], object]) -> None:
        """Call ``done`` once, on the loop: at once where they are known."""
        kept = self._kept.get(agent_id)
        if kept is not None and self._loop.now() < kept.until:
            done(kept.facts)
            return
        waiting = self._waiting.setdefault(agent_id, [])
        waiting.append(done)
        if len(waiting) == 1:
            self._look_up(agent_id)

    def known(self, agent_id: AgentId | None) -> AgentFacts:
        """What was found last, or the guess."""
        kept = self._kept.get(agent_id) if agent_id else None
        return kept.facts if kept else AgentFacts()

    def _look_up(self, agent_id: AgentId) -> None:
        job = Job(
            work=lambda: self._directory(agent_id),
            done=lambda facts: self._found(agent_id, facts),
            failed=lambda error: self._found(agent_id, error),
            wanted=lambda: True,
            patient=False,
        )
        self._strands.submit(f"agent#{agent_id}", job)

    def _found(self, agent_id: AgentId, found: AgentFacts | Exception) -> None:
        if isinstance(found, Exception):
            # A session may well open all the same: what is wrong will be said there.
            reason = found.reason if isinstance(found, HiloError) else type(found).__name__
            self._signals(Signal.PROVIDER_FAILED, agent_id=agent_id, reason=reason)
            self._keep(agent_id, self.known(agent_id), GUESS_KEPT_S)
        else:
            news = self.known(agent_id) != found
            self._keep(agent_id, found, KEPT_S)
            if news:
                self._check(agent_id, found)
        for done in self._waiting.pop(agent_id, []):
            self._loop.attempt(done, self.known(agent_id))

    def _keep(self, agent_id: AgentId, facts: AgentFacts, seconds: float) -> None:
        self._kept[agent_id] = _Kept(facts, self._loop.now() + seconds)

    def _check(self, agent_id: AgentId, facts: AgentFacts) -> None:
        if facts.misconfigured:
            self._signals(
                Signal.AGENT_MISCONFIGURED,
                agent_id=agent_id,
                reason="text_only_not_allowed",
                remedy=TOGGLE,
            )
