"""The dialogue with one contact: what is asked next, in which session, and who is told what.

``on(event, now)`` takes what happened and returns what to do; ``deadline`` tells when to come back
with ``TimePassed()``. One turn at a time (law 3); nothing is asked before the table has it
(law 2); an answer belongs to its own turn (law 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from connector.dialogue import words
from connector.dialogue.openings import Openings
from connector.dialogue.patience import Patience
from connector.dialogue.reading import Reading
from connector.dialogue.sayings import Sayings
from connector.dialogue.sittings import Sittings
from connector.dialogue.unaskable import hung_up_on, instead_of
from connector.session import words as talk
from connector.session.closing import NO_ROOM, Kind, Verdict
from connector.session.machine import Session
from conversation.identifiers import SessionId
from conversation.variables import OpenPolicy, Unsolicited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from connector.dialogue.policy import DialoguePolicy
    from connector.dialogue.words import Effect, Input, Moment
    from connector.protocol import Dialect, Initiation
    from connector.session.policy import SessionPolicy
    from conversation.identifiers import AgentId, ContactId, MessageKey
    from conversation.messages import Message
    from conversation.state import ConversationState
    from conversation.turns import Turn

    Brief = Callable[[ConversationState, Sequence[Message]], Initiation]


class Dialogue:
    """See the module. Owned by the loop; the caller owes every effect, in order."""

    __slots__ = (
        "_asking",
        "_brief",
        "_dialect",
        "_draining",
        "_eager_version",
        "_effects",
        "_opening",
        "_openings",
        "_patience",
        "_policy",
        "_reading",
        "_renewing",
        "_sayings",
        "_seen",
        "_session_version",
        "_settle_at",
        "_sittings",
        "_turn",
        "_utc",
        "contact_id",
        "session",
    )

    def __init__(
        self,
        contact_id: ContactId,
        *,
        policy: DialoguePolicy,
        dialect: Dialect,
        brief: Brief,
        chance: Random,
    ) -> None:
        self.contact_id = contact_id
        self.session: Session | None = None
        self._policy = policy
        self._dialect = dialect
        self._brief = brief
        self._effects: list[Effect] = []
        self._reading = Reading()
        self._sayings = Sayings()
        self._sittings = Sittings(policy.sitting)
        self._openings = Openings(policy, chance)
        self._patience = Patience(policy.notice_after_s)
        self._turn: Turn | None = None
        self._asking = False
        self._opening = False
        self._renewing = False
        self._draining = False
        self._seen = 0.0
        self._utc: datetime | None = None
        self._settle_at = 0.0
        self._session_version = -1
        self._eager_version = -1

    # -- seen from outside -----------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a turn is open or about to be: what a draining process waits for."""
        return self._turn is not None

    @property
    def restful(self) -> bool:
        """Whether it can be forgotten: nothing open, nothing waiting, no socket."""
        waiting = self._patience.since is not None
        busy = self._turn or self._reading.looking or self._opening
        return self.session is None and not (busy or waiting)

    @property
    def state(self) -> ConversationState | None:
        """The state as it was last read."""
        return self._reading.state

    @property
    def deadline(self) -> float | None:
        """When ``TimePassed()`` is due, or never."""
        dues = [self.session.deadline if self.session else None, self._own_deadline()]
        return min((due for due in dues if due is not None), default=None)

    def on(self, happened: Input, now: Moment) -> list[Effect]:
        """What to do about it."""
        self._seen, self._utc = now.s, now.utc
        self._take(happened, now)
        effects = self._effects.copy()
        self._effects.clear()
        return effects

    # -- what happens ----------------------------------------------------------------------------

    def _take(self, happened: Input, now: Moment) -> None:  # noqa: C901 - one case an input
        match happened:
            case words.Rung():
                self._rung(happened.key, now)
            case words.Looked():
                self._looked(happened, now)
            case words.AskStored():
                self._ask_stored(happened.done, now)
            case words.MayOpen():
                self._may_open(happened.policy)
            case words.MayNotOpen():
                self._may_not_open(happened.verdict, now)
            case words.SocketOpened():
                self._talk(talk.Opened(), now)
            case words.FrameCame():
                self._talk(talk.Received(happened.event), now)
                if self._patience.since is not None:
                    self._advance(now)  # what fell due by now has no deadline any more
            case words.SocketLost():
                self._talk(happened.lost, now)
            case words.Wished():
                self._wished(happened.wish, now)
            case words.TimePassed():
                self._talk(talk.TimePassed(), now)
                self._advance(now)
            case _:
                assert_never(happened)

    def _rung(self, key: MessageKey | None, now: Moment) -> None:
        self._reading.ring(key)
        if self._turn is None and not self._reading.looking:
            self._look()
            return
        # A ring during a read or a turn causes another read after it.
        self._reading.again = True
        if self._turn and not self._asking and key is not None and key > self._turn.key:
            self._talk(talk.Waiting(another=True), now)

    def _look(self) -> None:
        self._effects += self._reading.look()

    def _looked(self, looked: words.Looked, now: Moment) -> None:
        if self._reading.take(looked):
            self._settle_at = now.s + self._policy.debounce_s
        if self.session is not None:
            self._reading.forget()
        if self._reading.waiting:
            self._patience.begins(now.s)
        if self._reading.again:
            self._look()
        else:
            self._advance(now)

    def _wished(self, wish: words.Wish, now: Moment) -> None:
        self._draining = self._draining or wish is words.Wish.DRAIN
        self._renewing = wish is words.Wish.ROLL_OVER
        if wish is words.Wish.DRAIN and self.busy:
            return
        self._talk(talk.CloseWanted(wish.value), now)

    # -- what to do next -------------------------------------------------------------------------

    def _advance(self, now: Moment) -> None:
        """Do whatever is due. Safe to call at any time."""
        state, turn = self.state, self._reading.turn
        if self._reading.looking or self._turn or self._draining or state is None:
            return
        if turn is None:
            self._rest(state, now)
        elif instead := self._instead_of(turn, state, now):
            self._effects.append(instead)
            self._reading.finish(turn)
            self._look()
        else:
            self._pursue(turn, state, now)

    def _instead_of(
        self, turn: Turn, state: ConversationState, now: Moment
    ) -> words.SetAside | words.StoreGivenUp | None:
        instead = instead_of(turn, state, self._agent(state), now.utc)
        return instead or self._sittings.instead_of(turn, state, now.utc)

    def _pursue(self, turn: Turn, state: ConversationState, now: Moment) -> None:
        """Bring a turn to the agent: settle, open, ask."""
        if state.paused(now.utc):
            return
        self._effects += self._patience.tell(turn.messages[0], self._openings, now.s)
        if self._opening:
            return
        if self.session is None:
            self._want_open(state, now, eager=False)
        elif self._outdated(state) or not self.session.room_for_turn(now.s):
            self._talk(talk.CloseWanted("outdated"), now)
        elif self.session.can_ask(now.s) and now.s >= self._settle_at:
            session_id = self.session.session_id
            if session_id is not None:
                self._turn, self._asking = turn, True
                counted = self._sittings.asking(turn, state, now.utc)
                self._effects.append(words.StoreAsk(turn, session_id, counted))

    def _rest(self, state: ConversationState, now: Moment) -> None:
        """Nothing waits. A fresh call's session may be opened ahead of the person's answer."""
        self._patience.ends()
        if self.session or self._opening or state.opted_out:
            return
        ahead = (
            self._policy.open_policy is OpenPolicy.EAGER
            and state.context_version > self._eager_version
            and self._reading.opener_is_younger_than(self._policy.eager_for_s, now)
        )
        if self._renewing or ahead:
            # A renewal gives way too: people who are writing go first.
            self._want_open(state, now, eager=True)

    def _want_open(self, state: ConversationState, now: Moment, *, eager: bool) -> None:
        agent = self._agent(state)
        if agent is not None and now.s >= self._openings.blocked_until:
            self._opening, self._renewing = True, False
            self._eager_version = state.context_version
            self._effects.append(words.WantOpen(agent, eager))

    def _may_open(self, policy: SessionPolicy) -> None:
        self._opening = False
        agent = self._agent(self.state) if self.state else None
        if self.state is None or agent is None or self._draining:
            return
        initiation = self._brief(self.state, self._reading.past)
        self._reading.forget()
        self.session = Session(self._dialect, initiation, policy)
        self._session_version = self.state.context_version
        self._effects.append(words.Dial(agent))

    def _may_not_open(self, verdict: Verdict, now: Moment) -> None:
        self._opening = False
        if verdict == NO_ROOM:
            self._advance(now)  # nobody waited when it was asked for: somebody may by now
        else:
            self._session_over(verdict, now)

    def _ask_stored(self, done: bool, now: Moment) -> None:  # noqa: FBT001 - the input's own field
        turn, self._asking = self._turn, False
        if turn is None:
            return
        if done and self.session and self.session.can_ask(now.s):
            self._sittings.asked()
            self._sayings.begin(turn, now.s)
            self._effects.append(words.ShowTyping(turn.key))
            self._talk(talk.Ask(turn.key, turn.text), now)
            if self._reading.again:
                self._talk(talk.Waiting(another=True), now)
        else:
            self._turn = None
            self._look()

    # -- the session -----------------------------------------------------------------------------

    def _talk(self, happened: talk.Input, now: Moment) -> None:
        if self.session is None:
            return
        for effect in self.session.on(happened, now.s):
            self._carry(effect, now)

    def _carry(self, effect: talk.Effect, now: Moment) -> None:  # noqa: C901 - one case an effect
        match effect:
            case talk.Send():
                self._effects.append(words.Send(effect.frame))
            case talk.Hangup():
                self._effects.append(words.Hangup(effect.code, effect.reason))
            case talk.Ready():
                self._ready(effect, now)
            case talk.Say():
                self._effects += map(words.StoreAnswer, self._sayings.say(effect, self._id, now.s))
            case talk.AnswerSlow():
                self._effects += self._sayings.slow(effect.turn)
            case talk.TurnEnded():
                self._turn_ended(answered=effect.answered, now=now)
            case talk.TurnUnanswered():
                self._turn_unanswered(effect.why, now)
            case talk.Unsolicited():
                self._unsolicited(effect.text, now)
            case talk.Expiring():
                self._expiring(now)
            case talk.Ended():
                self._session_over(effect.verdict, now)
            case _:
                assert_never(effect)

    @property
    def _id(self) -> SessionId:
        """The id of a session that speaks: it has one, or what it says has none either."""
        return (self.session and self.session.session_id) or SessionId("")

    def _ready(self, ready: talk.Ready, now: Moment) -> None:
        self._openings.succeeded()
        agent = self._agent(self.state) if self.state else None
        if agent is not None:
            self._effects.append(words.StoreOpened(ready.session_id, agent))
        self._advance(now)

    def _turn_ended(self, *, answered: bool, now: Moment) -> None:
        """The agent is done with the turn: nothing of it is to be asked again."""
        if self._turn and answered:
            self._effects += map(words.StoreAnswer, self._sayings.conclude(self._turn, self._id))
        elif self._turn:
            self._effects.append(hung_up_on(self._turn))
        self._turn_over(answered=True, why="answered" if answered else "hung_up", now=now)

    def _turn_unanswered(self, why: talk.Unanswered, now: Moment) -> None:
        """Ask it again in a fresh session; an agent that had nothing to say, once."""
        turn = self._turn
        if turn and turn.attempts and why is talk.Unanswered.EMPTY:
            self._effects.append(words.StoreGivenUp(turn))
            self._reading.finish(turn)
        self._turn_over(answered=False, why=why.value, now=now)

    def _turn_over(self, *, answered: bool, why: str, now: Moment) -> None:
        turn, self._turn = self._turn, None
        if turn is None:
            return
        self._effects.append(words.TurnOver(turn.key, answered, why))
        if answered:
            self._reading.finish(turn)
        if self._draining:
            self._talk(talk.CloseWanted("drain"), now)
        elif self._reading.again or not answered:
            self._look()
        else:
            self._advance(now)

    def _unsolicited(self, text: str, now: Moment) -> None:
        choice = self._policy.unsolicited
        state = self.state
        if choice is Unsolicited.DROP or state is None:
            return
        free = state.window_open(now.utc) and not state.opted_out and not state.paused(now.utc)
        deliver = choice is Unsolicited.DELIVER and free
        self._effects.append(words.StoreUnsolicited(text, deliver))

    def _expiring(self, now: Moment) -> None:
        last = self.state.last_inbound_at if self.state else None
        recent = last and (now.utc - last).total_seconds() < self._policy.renew_if_written_s
        self._renewing = bool(recent)
        self._talk(talk.CloseWanted("expiring"), now)

    def _session_over(self, verdict: Verdict, now: Moment) -> None:
        session, self.session = self.session, None
        lost_turn, self._turn, self._asking = self._turn, None, False
        attention = verdict.reason if verdict.kind is Kind.CONFIGURATION else None
        session_id = session.session_id if session else None
        self._effects.append(words.StoreClosed(verdict, session_id, attention))
        self._openings.ended(verdict, now.s)
        if waiting := self._reading.waiting:
            self._effects += self._patience.tell(waiting, self._openings, now.s)
        if self._draining:
            return
        stale = self._reading.forgot and self._reading.waiting
        if lost_turn or stale or self._reading.again or self._renewing:
            self._look()
        else:
            self._advance(now)

    # -- small things ----------------------------------------------------------------------------

    def _agent(self, state: ConversationState) -> AgentId | None:
        return state.agent_id or self._policy.default_agent_id

    def _outdated(self, state: ConversationState) -> bool:
        return state.context_version != self._session_version

    def _own_deadline(self) -> float | None:
        idle = self._patience.since is None or self._turn or self._reading.looking or self._draining
        if idle:
            return None
        paused = self.state.paused_until if self.state else None
        resume = self._seen + (paused - self._utc).total_seconds() if paused and self._utc else 0.0
        dues = (self._settle_at, self._openings.blocked_until, self._patience.due or 0.0, resume)
        return min((due for due in dues if due > self._seen), default=None)
