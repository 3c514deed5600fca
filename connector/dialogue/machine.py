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
from connector.dialogue.sayings import Sayings
from connector.dialogue.unaskable import instead_of
from connector.session import words as talk
from connector.session.closing import Kind, Verdict
from connector.session.machine import Session
from conversation.identifiers import SessionId
from conversation.messages import Kind as MessageKind
from conversation.messages import OutboundState
from conversation.turns import Turn, next_turn, open_messages
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

    Brief = Callable[[ConversationState, Sequence[Message]], Initiation]


class Dialogue:
    """See the module. Owned by the loop; the caller owes every effect, in order."""

    __slots__ = (
        "_again",
        "_asking",
        "_brief",
        "_dialect",
        "_draining",
        "_eager_version",
        "_effects",
        "_looking",
        "_messages",
        "_oldest",
        "_opening",
        "_openings",
        "_patience",
        "_policy",
        "_renewing",
        "_sayings",
        "_seen",
        "_session_version",
        "_settle_at",
        "_state",
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
        self._state: ConversationState | None = None
        self._messages: tuple[Message, ...] = ()
        self._sayings = Sayings()
        self._openings = Openings(policy, chance)
        self._patience = Patience(policy.notice_after_s)
        self._turn: Turn | None = None
        self._asking = False
        self._looking = False
        self._again = False
        self._oldest: MessageKey | None = None
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
        waiting = self._turn or self._looking or self._opening or self._patience.since is not None
        return self.session is None and not waiting

    @property
    def state(self) -> ConversationState | None:
        """The state as it was last read."""
        return self._state

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
                self._opening = False
                self._session_over(happened.verdict, now)
            case words.SocketOpened():
                self._talk(talk.Opened(), now)
            case words.FrameCame():
                self._talk(talk.Received(happened.event), now)
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
        if key is not None and (self._oldest is None or key < self._oldest):
            self._oldest = key
        if self._turn is None and not self._looking:
            self._look()
            return
        # A ring during a read or a turn causes another read after it.
        self._again = True
        if self._turn and not self._asking and key is not None and key > self._turn.key:
            self._talk(talk.Waiting(another=True), now)

    def _look(self) -> None:
        if not self._looking:
            self._looking, self._again = True, False
            self._effects.append(words.Look(self._oldest))

    def _looked(self, looked: words.Looked, now: Moment) -> None:
        self._looking = False
        known = {m.message_key for m in self._messages}
        self._state, self._messages = looked.state, looked.messages
        waiting = open_messages(looked.messages)
        self._oldest = waiting[0].message_key if waiting else None
        if any(m.message_key not in known and m.attempts == 0 for m in waiting):
            self._settle_at = now.s + self._policy.debounce_s
        if waiting:
            self._patience.begins(now.s)
        if self._again:
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
        if self._looking or self._turn or self._draining or self._state is None:
            return
        turn = next_turn(self._messages)
        if turn is None:
            self._rest(now)
        elif instead := instead_of(turn, self._state, self._agent(self._state), now.utc):
            self._effects.append(instead)
            self._forget(turn)
            self._look()
        else:
            self._pursue(turn, self._state, now)

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
                self._effects.append(words.StoreAsk(turn, session_id, state))

    def _rest(self, now: Moment) -> None:
        """Nothing waits. A fresh call's session may be opened ahead of the person's answer."""
        self._patience.ends()
        state = self._state
        if state is None or self.session or self._opening or state.opted_out:
            return
        if self._renewing or self._just_called(state, now):
            self._want_open(state, now, eager=not self._renewing)

    def _want_open(self, state: ConversationState, now: Moment, *, eager: bool) -> None:
        agent = self._agent(state)
        if agent is not None and now.s >= self._openings.blocked_until:
            self._opening, self._renewing = True, False
            self._eager_version = state.context_version
            self._effects.append(words.WantOpen(agent, eager))

    def _may_open(self, policy: SessionPolicy) -> None:
        self._opening = False
        agent = self._agent(self._state) if self._state else None
        if self._state is None or agent is None or self._draining:
            return
        asked = {m.message_key for m in open_messages(self._messages)}
        past = [m for m in self._messages if m.message_key not in asked]
        initiation = self._brief(self._state, past)
        self.session = Session(self._dialect, initiation, policy)
        self._session_version = self._state.context_version
        self._effects.append(words.Dial(agent))

    def _ask_stored(self, done: bool, now: Moment) -> None:  # noqa: FBT001 - the input's own field
        turn, self._asking = self._turn, False
        if turn is None:
            return
        if done and self.session and self.session.can_ask(now.s):
            self._sayings.begin(turn, now.s)
            self._effects.append(words.ShowTyping(turn.key))
            self._talk(talk.Ask(turn.key, turn.text), now)
            if self._again:
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
                self._turn_over(answered=effect.answered, why="ended", now=now)
            case talk.TurnUnanswered():
                self._turn_over(answered=False, why=effect.why.value, now=now)
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
        agent = self._agent(self._state) if self._state else None
        if agent is not None:
            self._effects.append(words.StoreOpened(ready.session_id, agent))
        self._advance(now)

    def _turn_over(self, *, answered: bool, why: str, now: Moment) -> None:
        turn, self._turn = self._turn, None
        if turn is None:
            return
        self._effects.append(words.TurnOver(turn.key, answered, why))
        if answered:
            self._forget(turn)
        if self._draining:
            self._talk(talk.CloseWanted("drain"), now)
        elif self._again or not answered:
            self._look()
        else:
            self._advance(now)

    def _unsolicited(self, text: str, now: Moment) -> None:
        choice = self._policy.unsolicited
        state = self._state
        if choice is Unsolicited.DROP or state is None:
            return
        free = state.window_open(now.utc) and not state.opted_out and not state.paused(now.utc)
        deliver = choice is Unsolicited.DELIVER and free
        self._effects.append(words.StoreUnsolicited(text, deliver))

    def _expiring(self, now: Moment) -> None:
        last = self._state.last_inbound_at if self._state else None
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
        if waiting := open_messages(self._messages):
            self._effects += self._patience.tell(waiting[0], self._openings, now.s)
        if self._draining:
            return
        if lost_turn or self._again or self._renewing:
            self._look()
        else:
            self._advance(now)

    # -- small things ----------------------------------------------------------------------------

    def _agent(self, state: ConversationState) -> AgentId | None:
        return state.agent_id or self._policy.default_agent_id

    def _just_called(self, state: ConversationState, now: Moment) -> bool:
        """Whether the opener of a call went out a moment ago, and no session was opened for it."""
        last = self._messages[-1] if self._messages else None
        return (
            self._policy.open_policy is OpenPolicy.EAGER
            and state.context_version > self._eager_version
            and last is not None
            and last.kind is MessageKind.OPENER
            and last.state is not OutboundState.SKIPPED
            and (now.utc - last.sent_at).total_seconds() < self._policy.eager_for_s
        )

    def _outdated(self, state: ConversationState) -> bool:
        return state.context_version != self._session_version

    def _forget(self, turn: Turn) -> None:
        """These messages are finished; the table will say so too."""
        done = set(turn.keys)
        self._messages = tuple(m for m in self._messages if m.message_key not in done)

    def _own_deadline(self) -> float | None:
        idle = self._patience.since is None or self._turn or self._looking or self._draining
        if idle:
            return None
        paused = self._state.paused_until if self._state else None
        resume = self._seen + (paused - self._utc).total_seconds() if paused and self._utc else 0.0
        dues = (self._settle_at, self._openings.blocked_until, self._patience.due or 0.0, resume)
        return min((due for due in dues if due > self._seen), default=None)
