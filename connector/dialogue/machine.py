"""The dialogue with one contact: what is asked next, in which session, and who is told what.

``on(event, now)`` takes what happened and returns what to do; ``deadline`` tells when to come back
with ``TimePassed()``. One turn at a time (law 3); nothing is asked before the table has it
(law 2); an answer belongs to its own turn (law 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from connector.dialogue import words
from connector.dialogue.standing import Standing
from connector.dialogue.unasked import unasked
from connector.session import words as talk
from connector.session.closing import EXPIRING, NO_ROOM, Verdict
from conversation.state import ConversationState

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.dialogue.words import Effect, Input, Moment
    from conversation.state import Gist
    from conversation.turns import Turn

    Step = Callable[["Dialogue", Any, Moment], object]


class Dialogue(Standing):
    """See the module. Owned by the loop; the caller owes every effect, in order."""

    __slots__ = ()

    def on(self, happened: Input, now: Moment) -> list[Effect]:
        """What to do about it."""
        self.STEPS[type(happened)](self, happened, now)
        self._due_at = self._next_due(now)
        effects, self._effects = self._effects, []
        return effects

    # -- what happens ----------------------------------------------------------------------------

    def _rung(self, rung: words.Rung, now: Moment) -> None:
        self._reading.ring(rung.key)
        if not (self.busy or self._reading.looking or self._empty_handed):
            self._look()
            return
        # A ring during a read, a turn or a wait at the door causes another read after it.
        self._reading.again = True
        if self._asking.is_older_than(rung.key):
            self._talk(talk.Waiting(another=True), now)

    def _look(self) -> None:
        self._effects += self._reading.look(anew=self.session is None)

    def _looked(self, looked: words.Looked, now: Moment) -> None:
        if self._reading.take(looked):
            self._settle_at = now.s + self._policy.debounce_s
        if self.session is not None:
            self._reading.forget()
        if self._reading.waiting:
            self._patience.begins(now.s)
        gone_meanwhile = self._reading.forgot and self.session is None
        if self._reading.again or gone_meanwhile:
            self._look()
        else:
            self._advance(now)
        self._give_back_room()

    def _give_back_room(self) -> None:
        """What was granted while nothing was in hand, if after all no session is wanted now."""
        if self._sessions.unused and not (self._sessions.open or self._reading.looking):
            self._sessions.unused = False
            self._effects.append(words.WantNone())

    def _wished(self, wished: words.Wished, now: Moment) -> None:
        wish = wished.wish
        self._draining = self._draining or wish is words.Wish.DRAIN
        self._sessions.renewing = wish is words.Wish.ROLL_OVER
        if wish is words.Wish.DRAIN and self.busy:
            return
        self._talk(talk.CloseWanted(wish.value), now)

    def _time_passed(self, passed: talk.TimePassed, now: Moment) -> None:
        self._talk(passed, now)
        self._advance(now)

    # -- what to do next -------------------------------------------------------------------------

    def _advance(self, now: Moment) -> None:
        """Do whatever is due. Safe to call at any time."""
        state, turn = self.state, self._reading.turn
        if self._reading.looking or self.busy or self._draining or state is None:
            return
        if turn is None:
            self._patience.ends()
            self._effects += self._sessions.want_ahead(state, self._reading, now)
        elif instead := self._asking.instead_of(
            turn, state, self._sessions.agent_of(state), now.utc
        ):
            self._effects.append(instead)
            self._reading.finish(turn)
            self._look()
        else:
            self._pursue(turn, state, now)

    def _pursue(self, turn: Turn, state: Gist, now: Moment) -> None:
        """Bring a turn to the agent: settle, open, ask."""
        if state.paused(now.utc):
            return
        openings, session = self._sessions.openings, self.session
        self._effects += self._patience.tell(turn.messages[0], openings, now.s)
        self._held_until = now.s + self._asking.held_s(turn, state, now.utc)
        if self._sessions.opening or self._held_until > now.s:
            return
        if session is None:
            self._effects += self._sessions.want(state, now.s, eager=False)
        elif not self._sessions.fits(state, now.s):
            self._talk(talk.CloseWanted("outdated"), now)
        elif session.can_ask(now.s) and session.session_id and now.s >= self._settle_at:
            ask = self._asking.begin(turn, session.session_id, state, now.utc)
            self._effects.append(ask)
            self._settle_at = self._held_until = 0.0  # both are over: none of 10,000 keeps them

    def _must_wait(self, _: words.MustWait, __: Moment) -> None:
        if self._sessions.opening:
            self._reading.forget()  # it is read anew then; ten thousand may wait at once

    def _may_open(self, may: words.MayOpen, _: Moment) -> None:
        self._sessions.opening = False
        state = self.state
        if isinstance(state, ConversationState) and not self._draining:
            self._effects += self._sessions.admit(state, self._reading.past, may.policy)
        elif state is not None and not self._draining:
            self._sessions.unused = True
            self._look()  # the call was let go: nothing is opened that does not know of it
        if self.session is not None:
            self._reading.forget()

    def _may_not_open(self, refusal: words.MayNotOpen, now: Moment) -> None:
        self._sessions.opening = False
        if refusal.verdict != NO_ROOM:
            self._session_over(refusal.verdict, now)
        elif self._reading.again:
            self._look()
        else:
            self._advance(now)  # nobody waited when it was asked for: somebody may by now

    def _ask_stored(self, stored: words.AskStored, now: Moment) -> None:
        turn, counted = self._asking.turn, self._asking.counted
        if turn is None or counted is None:
            return
        if stored.done and self._sessions.can_ask(now.s):
            self._reading.count(counted)
            self._effects.append(self._asking.stored(turn, now.s))
            self._talk(talk.Ask(turn.key, turn.text), now)
            if self._reading.again:
                self._talk(talk.Waiting(another=True), now)
        else:
            self._asking.over()
            self._look()

    # -- the session -----------------------------------------------------------------------------

    def _talk(self, happened: talk.Input, now: Moment) -> None:
        for effect in self._sessions.on(happened, now.s):
            self.CARRIED[type(effect)](self, effect, now)

    def _received(self, frame: talk.Received, now: Moment) -> None:
        self._talk(frame, now)
        if self._patience.since is not None:
            self._advance(now)  # what fell due by now has no deadline any more

    def _pass_on(self, effect: talk.Send | talk.Hangup, _: Moment) -> None:
        self._effects.append(effect)

    def _ready(self, ready: talk.Ready, now: Moment) -> None:
        self._effects += self._sessions.ready(ready, self.state)
        self._reading.served_by(self._sessions.agent_of(self.state))
        self._advance(now)

    def _say(self, said: talk.Say, now: Moment) -> None:
        self._effects += self._asking.say(said, self._sessions.id, now.s)

    def _slow(self, slow: talk.AnswerSlow, _: Moment) -> None:
        self._effects += self._asking.slow(slow)

    def _unsolicited(self, said: talk.Unsolicited, now: Moment) -> None:
        self._effects += unasked(said.text, self._policy.unsolicited, self.state, now.utc)

    def _odd(self, odd: talk.Odd, _: Moment) -> None:
        self._effects.append(words.NoteOdd(odd.what, odd.name))

    def _expiring(self, _: talk.Expiring, now: Moment) -> None:
        self._sessions.expiring(self.state, now)
        self._talk(talk.CloseWanted(EXPIRING), now)

    def _ended(self, ended: talk.Ended, now: Moment) -> None:
        self._session_over(ended.verdict, now)

    def _turn_ended(self, ended: talk.TurnEnded, now: Moment) -> None:
        self._effects += self._asking.ended(self._sessions.id, answered=ended.answered)
        self._turn_over(answered=True, why="answered" if ended.answered else "hung_up", now=now)

    def _turn_unanswered(self, unanswered: talk.TurnUnanswered, now: Moment) -> None:
        for given_up in self._asking.unanswered(unanswered.why):
            self._effects.append(given_up)
            self._reading.finish(given_up.turn)
        self._turn_over(answered=False, why=unanswered.why.value, now=now)

    def _turn_over(self, *, answered: bool, why: str, now: Moment) -> None:
        turn = self._asking.over()
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

    def _session_over(self, verdict: Verdict, now: Moment) -> None:
        lost_turn = self._asking.over()
        self._effects.append(self._sessions.over(verdict, now.s))
        if waiting := self._reading.waiting:
            self._effects += self._patience.tell(waiting, self._sessions.openings, now.s)
        if self._draining:
            return
        stale = self._reading.forgot and self._reading.waiting
        if lost_turn or stale or self._reading.again or self._sessions.renewing:
            self._look()
        else:
            self._advance(now)

    def _next_due(self, now: Moment) -> float | None:
        if self._patience.since is None or self.busy or self._reading.looking or self._draining:
            return None
        blocked, told = self._sessions.openings.blocked_until, self._patience.due or 0.0
        resumed = now.s + self._reading.pause_left_s(now.utc)
        dues = (self._settle_at, self._held_until, blocked, told, resumed)
        return min((due for due in dues if due > now.s), default=None)

    STEPS: ClassVar[dict[type[Input], Step]] = {
        words.Rung: _rung,
        words.Looked: _looked,
        words.AskStored: _ask_stored,
        words.MustWait: _must_wait,
        words.MayOpen: _may_open,
        words.MayNotOpen: _may_not_open,
        words.Wished: _wished,
        talk.Opened: _talk,
        talk.Received: _received,
        talk.Lost: _talk,
        talk.TimePassed: _time_passed,
    }
    """What is done about what happens."""

    CARRIED: ClassVar[dict[type[talk.Effect], Step]] = {
        talk.Send: _pass_on,
        talk.Hangup: _pass_on,
        talk.Ready: _ready,
        talk.Say: _say,
        talk.AnswerSlow: _slow,
        talk.TurnEnded: _turn_ended,
        talk.TurnUnanswered: _turn_unanswered,
        talk.Unsolicited: _unsolicited,
        talk.Odd: _odd,
        talk.Expiring: _expiring,
        talk.Ended: _ended,
    }
    """What becomes of what the session wants."""
