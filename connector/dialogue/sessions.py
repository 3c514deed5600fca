"""The sessions of one dialogue, one after the other: when one is wanted, and which is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue import words
from connector.dialogue.openings import Openings
from connector.session.closing import EXPIRING, Kind
from connector.session.machine import Session
from conversation.identifiers import SessionId
from conversation.variables import OpenPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from connector.dialogue.policy import DialoguePolicy
    from connector.dialogue.reading import Reading
    from connector.dialogue.words import Moment
    from connector.protocol import Dialect, Initiation
    from connector.session import words as talk
    from connector.session.closing import Verdict
    from connector.session.policy import SessionPolicy
    from conversation.identifiers import AgentId
    from conversation.messages import Message
    from conversation.state import ConversationState, Gist

    Brief = Callable[[ConversationState, Sequence[Message]], Initiation]


class Sessions:
    """At most one at a time. Knows nothing of turns: these are the dialogue's."""

    __slots__ = (
        "_brief",
        "_dialect",
        "_eager_version",
        "_policy",
        "_version",
        "current",
        "opening",
        "openings",
        "renewing",
        "unused",
    )

    def __init__(
        self, policy: DialoguePolicy, *, dialect: Dialect, brief: Brief, chance: Random
    ) -> None:
        self._policy = policy
        self._dialect = dialect
        self._brief = brief
        self.openings = Openings(policy, chance)
        self.current: Session | None = None
        self.opening = False
        """One was asked for, and neither granted nor refused yet."""
        self.unused = False
        """Room was granted, and what is to be opened in it is still being read."""
        self.renewing = False
        """The one that ends is to be followed by another, although nobody waits for it."""
        self._version = -1
        self._eager_version = -1

    @property
    def open(self) -> bool:
        """Whether there is one, or will be."""
        return self.current is not None or self.opening

    @property
    def id(self) -> SessionId:
        """The id of one that speaks: it has one, or what it says has none either."""
        return (self.current and self.current.session_id) or SessionId("")

    def agent_of(self, state: Gist | None) -> AgentId | None:
        """Whose sessions they are."""
        return (state.agent_id or self._policy.default_agent_id) if state else None

    def want(self, state: Gist, now_s: float, *, eager: bool) -> Iterator[words.WantOpen]:
        """Ask for room for one, unless it is too early to try again."""
        agent = self.agent_of(state)
        if agent is not None and now_s >= self.openings.blocked_until:
            self.opening, self.unused, self.renewing = True, False, False
            self._eager_version = state.context_version
            yield words.WantOpen(agent, eager)

    def want_ahead(self, state: Gist, reading: Reading, now: Moment) -> Iterator[words.WantOpen]:
        """Nobody waits: but a fresh call's is opened ahead of the person's answer."""
        if self.open or state.opted_out:
            return
        ahead = (
            self._policy.open_policy is OpenPolicy.EAGER
            and state.context_version > self._eager_version
            and reading.opener_is_younger_than(self._policy.eager_for_s, now)
        )
        if self.renewing or ahead:
            # A renewal gives way too: people who are writing go first.
            yield from self.want(state, now.s, eager=True)

    def admit(
        self, state: ConversationState, past: Sequence[Message], policy: SessionPolicy
    ) -> Iterator[words.Dial]:
        """There is room. What was said before is told to the agent in the beginning."""
        agent = self.agent_of(state)
        if agent is not None:
            self.current = Session(self._dialect, self._brief(state, past), policy)
            self._version = state.context_version
            yield words.Dial(agent)

    def ready(self, ready: talk.Ready, state: Gist | None) -> Iterator[words.StoreOpened]:
        """Turns can be asked in it from now on."""
        self.openings.succeeded()
        agent = self.agent_of(state)
        if agent is not None:
            yield words.StoreOpened(ready.session_id, agent)

    def fits(self, state: Gist, now_s: float) -> bool:
        """Whether the present one knows the last call, and has time for another turn."""
        session = self.current
        fresh = state.context_version == self._version
        return session is not None and fresh and session.room_for_turn(now_s)

    def can_ask(self, now_s: float) -> bool:
        """Whether a turn can be asked in it now."""
        return self.current is not None and self.current.can_ask(now_s)

    def on(self, happened: talk.Input, now_s: float) -> list[talk.Effect]:
        """Tell the present one, if there is one."""
        return self.current.on(happened, now_s) if self.current else []

    def expiring(self, state: Gist | None, now: Moment) -> None:
        """It is about to end: it is renewed where the person wrote lately."""
        last = state.last_inbound_at if state else None
        recent = last and (now.utc - last).total_seconds() < self._policy.renew_if_written_s
        self.renewing = bool(recent)

    def over(self, verdict: Verdict, now_s: float) -> words.StoreClosed:
        """It has ended, or could not be opened."""
        session, self.current = self.current, None
        self.openings.ended(verdict, now_s)
        attention = verdict.reason if verdict.kind is Kind.CONFIGURATION else None
        quiet = _by_time(verdict) and not self.renewing
        return words.StoreClosed(verdict, session.session_id if session else None, attention, quiet)


def _by_time(verdict: Verdict) -> bool:
    """Whether it ended because time passed, and nothing else happened."""
    return verdict.kind in {Kind.IDLE, Kind.MAX_DURATION} or verdict.reason == EXPIRING
