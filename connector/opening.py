"""From the wish for a session to its socket: the door, the agent's facts, the dial."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, Protocol

from connector.breakers import Breakers
from connector.dialogue.words import MayNotOpen, MayOpen, MustWait
from connector.door import Entry
from connector.link import Link
from connector.session.closing import KEY_REFUSED, NO_ROOM, Retry, Verdict
from connector.session.words import Lost
from connector.strands import Job
from conversation.errors import HiloError, Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connector.agents import AgentFacts, Agents
    from connector.channel import Connection
    from connector.dialogue.words import Input
    from connector.door import Door
    from connector.journal import Journal
    from connector.line import Line
    from connector.listener import Listener
    from connector.loop import Loop, Timer
    from connector.pace import Pace
    from connector.protocol import Dialect
    from connector.session.policy import SessionPolicy
    from connector.strands import Strands
    from conversation.identifiers import AgentId, ContactId
    from conversation.state import Gist


_AGENTS: Final = 256
"""Whose sessions share one policy each: ten thousand copies of it would be 2 MB."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where an agent is to be reached, and with what."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Find(Protocol):
    """Finds the way to an agent. Raises ``HiloError``."""

    def __call__(
        self, agent_id: AgentId, /, *, branch_id: str | None, environment: str | None
    ) -> Way:
        """The way."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How agents are reached. Where finding a way ``asks`` ElevenLabs for it, it blocks."""

    find: Find
    asks: bool


class Dial(Protocol):
    """``Dialer.dial``."""

    def __call__(
        self, url: str, headers: Mapping[str, str] | None = None, *, listener: Listener
    ) -> Connection:
        """Begin to open ``url``."""


class Opening:
    """Belongs to the loop's thread. ``tell`` is the hub's."""

    def __init__(  # noqa: PLR0913 - all by name, and from one place
        self,
        *,
        door: Door,
        agents: Agents,
        ways: Ways,
        dial: Dial,
        dialect: Dialect,
        policy: SessionPolicy,
        strands: Strands,
        journal: Journal,
        pace: Pace | None = None,
        breakers: Breakers | None = None,
        soon: Callable[[Callable[[], object]], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.door = door
        self.breakers = breakers or Breakers(random.Random())  # noqa: S311 - jitter, no secret
        self._pace = pace
        self._clock = clock
        self._waiting_since: dict[ContactId, float] = {}
        self._again: Timer | None = None
        self.key_refused: Callable[[], object] = lambda: None
        """Called where ElevenLabs does not take our key. Set by who knows where keys come from."""
        self._agents = agents
        self._ways = ways
        self._dial = dial
        self._read = dialect.read
        self._policy = policy
        self._policy_for = lru_cache(_AGENTS)(self._policy_of)
        self._strands = strands
        self._journal = journal
        self._soon = soon

    def want(
        self, line: Line, agent_id: AgentId, tell: Callable[[Line, Input], object], *, eager: bool
    ) -> None:
        """Ask for room; the line is told whether it may open, or must wait to be told."""
        line.wants, now = agent_id, self._clock()
        entry = self.door.ask(line.contact_id, eager=eager, now=now)
        if eager:
            self._journal.eagerness(lazy=self.door.short(now), sockets=self.door.inside)
        match entry:
            case Entry.ADMITTED:
                self.admitted(line, tell)
            case Entry.REFUSED:
                self._refuse(line, NO_ROOM, tell)
            case Entry.WAITING:
                self._waiting_since[line.contact_id] = now
                self._journal.measures.waits += 1
                tell(line, MustWait())

    def admitted(self, line: Line, tell: Callable[[Line, Input], object]) -> None:
        """There is room: unless the agent is being left alone, the line may open."""
        agent_id, now = line.wants, self._clock()
        since = self._waiting_since.pop(line.contact_id, None)
        if since is not None:
            self._journal.measures.wait_s.add(now - since)
        if agent_id is None:
            return
        refusal = self.breakers.refusal(agent_id, now)
        if refusal is not None:
            self.left(line)
            self._refuse(line, refusal, tell)
        else:
            self._agents.facts(agent_id, lambda facts: self._informed(line, facts, tell))

    def left(self, line: Line) -> None:
        """The line has no socket any more, and waits for none."""
        self._waiting_since.pop(line.contact_id, None)
        self.door.left(line.contact_id)

    def opened(self, line: Line) -> None:
        """Its session is ready."""
        self.door.settled(line.contact_id)
        if line.wants is not None:
            self.breakers.opened(line.wants)
        if self._pace is not None:
            self._pace.opened()

    def ended(self, line: Line, verdict: Verdict) -> None:
        """Its session, or the attempt at one, is over: learn from it for the others."""
        now = self._clock()
        if verdict.reason == KEY_REFUSED:
            self.key_refused()
        if verdict.retry is Retry.SLOW_DOWN and self._pace is not None:
            self._pace.refused(now, verdict.retry_after_s)
        never_opened = self.door.is_coming(line.contact_id)
        if line.wants is None or not (verdict.retry is Retry.NEVER or never_opened):
            return
        if self.breakers.failed(line.wants, verdict, now):
            self._journal.left_alone(line, verdict)

    def again(self, loop: Loop, let_in: Callable[[], object]) -> None:
        """Have ``let_in`` called when somebody may come in although nothing is freed."""
        if self._again is not None:
            self._again.cancel()
        at = self.door.next_at(self._clock())
        self._again = None if at is None else loop.call_at(at, let_in)

    def _refuse(self, line: Line, verdict: Verdict, tell: Callable[[Line, Input], object]) -> None:
        self._journal.measures.refusals[verdict.reason] += 1
        tell(line, MayNotOpen(verdict))

    def let_in(
        self,
        line_of: Callable[[ContactId], Line | None],
        tell: Callable[[Line, Input], object],
    ) -> bool:
        """Admit whom there is room for. Whether people wait for whom somebody should make room."""
        for contact_id in self.door.admit(self._clock()):
            line = line_of(contact_id)
            if line is None:
                self.door.left(contact_id)
            else:
                self.admitted(line, tell)
        return self.door.short_by > 0

    def dial(self, line: Line, agent_id: AgentId, tell: Callable[[Line, Input], object]) -> None:
        """Open the socket. Its end is told, however early it comes."""
        link = Link(line, tell, self._read)
        line.link = link
        self._journal.dialed(line, agent_id)
        work = partial(self._way, agent_id, line.dialogue.state)
        if not self._ways.asks:
            self._soon(partial(self._go_at_once, link, work))
            return
        job = Job(
            work=work,
            done=lambda way: self._go(link, way),
            failed=lambda error: link.failed(_lost_by(error)),
            wanted=lambda: not link.unwanted,
            patient=False,
        )
        self._strands.submit(f"dial#{line.contact_id}", job)

    def _informed(
        self, line: Line, facts: AgentFacts, tell: Callable[[Line, Input], object]
    ) -> None:
        if not line.gone:
            tell(line, MayOpen(self._policy_for(facts)))

    def _policy_of(self, facts: AgentFacts) -> SessionPolicy:
        return replace(
            self._policy,
            first_message=facts.greets,
            client_events=facts.client_events,
            max_duration_s=facts.max_session_s or self._policy.max_duration_s,
        )

    def _way(self, agent_id: AgentId, state: Gist | None) -> Way:
        return self._ways.find(
            agent_id,
            branch_id=state.branch_id if state else None,
            environment=state.environment if state else None,
        )

    def _go_at_once(self, link: Link, work: Callable[[], Way]) -> None:
        try:
            way = work()
        except HiloError as error:
            link.failed(_lost_by(error))
        else:
            self._go(link, way)

    def _go(self, link: Link, way: Way) -> None:
        if link.unwanted:
            return
        try:
            link.attach(self._dial(way.url, way.headers, listener=link))
        except Permanent as error:
            link.failed(_lost_by(error))


def _lost_by(error: Exception) -> Lost:
    """A dial that never began, in the session's words."""
    if isinstance(error, Transient):
        return Lost(retry_after_s=error.retry_after_s)
    reason = error.reason.replace("_", " ") if isinstance(error, HiloError) else ""
    return Lost(reason=reason, http_status=400)
