"""What is being asked and answered in a session: the open turn, and every text of the agent.

Knows nothing of sockets and of the session's life. Appends effects to the list it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector import protocol
from connector.session import words
from connector.session.answers import Answers
from connector.session.owners import Owners
from connector.session.transitions import Step
from connector.session.turn import Turn
from connector.session.utterance import Nobody
from connector.session.words import State, Unanswered
from conversation.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.protocol import EventId
    from connector.session.policy import SessionPolicy
    from connector.session.utterance import Claim, Text, Utterance
    from connector.session.words import Effect
    from conversation.identifiers import TurnKey

_END_CALL = "end_call"


class Talk:
    """The questions and answers of one session."""

    __slots__ = (
        "_effects", "_owners", "_person_there", "_policy", "answers", "farewell", "greeting_over",
        "last_at", "settling", "turn",
    )  # fmt: skip

    def __init__(self, policy: SessionPolicy, effects: list[Effect]) -> None:
        self._policy = policy
        self._effects = effects
        self._owners = Owners(policy)
        self._person_there = False
        self.answers = Answers(policy)
        self.turn: Turn | None = None
        self.settling = True
        """Nothing can have been asked yet, so that what the agent says is its greeting."""
        self.greeting_over = policy.first_message is False
        self.farewell = False
        """The agent hung up by itself."""
        self.last_at: float | None = None

    @property
    def phase(self) -> State:
        """Where a session that is neither opening nor closing stands."""
        if self.turn is None:
            return State.READY
        return State.ANSWERING if self.turn.answered else State.ASKED

    def settled(self, now: float) -> None:
        """From now on turns may be asked."""
        self.settling = False
        self.last_at = now

    # -- the turn --------------------------------------------------------------------------------

    def ask(self, ask: words.Ask, now: float) -> None:
        """A turn is open from now on."""
        self.answers.forget_given()
        self.turn = Turn(ask.turn, self._policy, now)
        self.turn.by_person = self._person_there
        self.last_at = now

    def hurry(self, waiting: words.Waiting, _: float) -> None:
        """Another message waits behind the open turn, or does not any more."""
        if self.turn:
            self.turn.waiting = waiting.another

    def tell_slow(self, _: object, __: float) -> None:
        """Once a turn."""
        turn = self.open()
        turn.slow_told = True
        self._effects.append(words.AnswerSlow(turn.key))

    def end_answered(self, _: object, now: float) -> None:
        """The agent has answered, and the next turn may be asked."""
        self._end(now, answered=True)

    def end_hard(self, now: float) -> bool:
        """The turn has had all its time. Whether it ended well, with what there is of an answer."""
        turn = self.open()
        for utterance in self.answers.pending():
            if utterance.owner == turn.key:
                self._speak(self.answers.finish(utterance), now)
        if turn.answered:
            self._end(now, answered=True)
        return turn.answered

    def wrap_up(self, why: Unanswered, now: float) -> None:
        """The session is over: last texts are given out, and the open turn is given back.

        Half an answer is given out only if the turn will not be asked again.
        """
        for utterance in self.answers.pending():
            if self._is_last_word(utterance):
                self._speak(self.answers.finish(utterance), now)
        if self.turn is None:
            return
        if self.turn.answered or self.farewell:
            self._end(now, answered=self.turn.said_anything)
        else:
            self._effects.append(words.TurnUnanswered(self.turn.key, why))
            self._owners.turn_ended(self.turn.key, now, given_up=True)
            self.turn = None

    def _is_last_word(self, utterance: Utterance) -> bool:
        turn = self.turn
        if turn is None or utterance.owner != turn.key or turn.answered or self.farewell:
            return True
        return utterance.stopped and not utterance.doubtful

    def open(self) -> Turn:
        """The open turn. Raises ``Defect`` without one."""
        if self.turn is None:
            raise Defect("no turn is open", reason="no_open_turn")
        return self.turn

    def _end(self, now: float, *, answered: bool) -> None:
        turn = self.open()
        self._effects.append(words.TurnEnded(turn.key, answered))
        self._owners.turn_ended(turn.key, now, given_up=False)
        self.turn = None

    # -- the agent's words -----------------------------------------------------------------------

    def hear(self, said: protocol.AgentSaid, now: float) -> None:
        """A whole utterance."""
        self._speak(self.answers.said(said, self._claims(now), now), now)

    def stream(self, part: protocol.AgentPart, now: float) -> None:
        """A piece of one."""
        self._speak(self.answers.part(part, self._claims(now), now), now)
        self._show_life(part.event_id, now)
        if self.settling and part.kind is protocol.PartKind.STOP:
            self.greeting_over = True

    def finish(self, done: protocol.AgentDone, now: float) -> None:
        """The agent is done with a turn: with the open one, if it is known to be its own."""
        self._speak(self.answers.done(done.event_id), now)
        turn = self.turn
        if turn is None or not self._is_done(done, turn):
            return
        if turn.said_anything:
            self._end(now, answered=True)
        elif not self.answers.holds(turn.key):
            turn.emptied(now)

    def _is_done(self, done: protocol.AgentDone, turn: Turn) -> bool:
        if turn.tools and self._policy.shows_tool_ends:
            return False
        if done.event_id is None:
            return turn.said_anything
        # An unknown number may be that of a greeting which was never said.
        return self._owners.known(done.event_id) == turn.key

    def correct(self, correction: protocol.AgentCorrected, now: float) -> None:
        """Honoured for what was not given out yet."""
        self.answers.corrected(correction, now)

    def cut(self, interrupted: protocol.Interrupted, now: float) -> None:
        """An utterance will not go on."""
        self._speak(self.answers.interrupted(interrupted.event_id, now), now)

    def speak_due(self, _: object, now: float) -> None:
        """Texts that nobody finished in time."""
        self._speak(self.answers.due(now), now)

    def mind_person(self, person: protocol.PersonTookOver, _: float) -> None:
        """Somebody took the agent's place, or gave it back."""
        self._person_there = person.is_there
        if self.turn:
            self.turn.by_person = person.is_there

    def touch(self, typing: protocol.AgentTyping, now: float) -> None:
        """A person on the agent's side is writing."""
        if typing.is_typing:
            self.open().touch(now)

    def _speak(self, texts: Iterable[Text], now: float) -> None:
        for text in texts:
            if text.owner is Nobody.GREETING:
                self.greeting_over = True
            elif text.owner is Nobody.UNSOLICITED:
                self._speak_unsolicited(text, now)
            else:
                self._speak_answer(text.owner, text, now)

    def _speak_unsolicited(self, text: Text, now: float) -> None:
        if text.text:
            self.last_at = now
            self._effects.append(words.Unsolicited(text.text, text.event_id))

    def _speak_answer(self, key: TurnKey, text: Text, now: float) -> None:
        turn = self.turn if self.turn and self.turn.key == key else None
        if not text.text:
            if turn:
                turn.emptied(now)
            return
        self.last_at = now
        interim = turn is not None and self._is_interim(turn)
        self._effects.append(words.Say(key, text.text, text.event_id, interim))
        if turn:
            turn.heard(now, interim=interim)

    def _is_interim(self, turn: Turn) -> bool:
        if not self._policy.shows_tool_ends:
            # The end of a tool is not told by this agent: that it speaks again is the sign.
            turn.tools.clear()
        return bool(turn.tools)

    # -- whose words they are --------------------------------------------------------------------

    def _claims(self, now: float) -> Callable[[EventId | None], Claim]:
        return lambda event_id: self._claim(event_id, now)

    def _claim(self, event_id: EventId | None, now: float) -> Claim:
        key = self.turn.key if self.turn else None
        claim = self._owners.claim(event_id, key, now, settling=self.settling)
        if key is not None and claim.owner == key:
            for greeting in self.answers.settle_doubts(event_id):
                self._owners.bind(greeting, Nobody.GREETING)
        return claim

    def _show_life(self, event_id: EventId | None, now: float) -> None:
        turn = self.turn
        if turn and (event_id is None or self._owners.known(event_id) == turn.key):
            turn.touch(now)

    # -- tools -----------------------------------------------------------------------------------

    def tool_began(self, tool: protocol.ToolRequested, now: float) -> None:
        """Until it ends, what the agent says to the open turn is interim."""
        turn = self._turn_of(tool.event_id, now)
        if turn:
            turn.tool_began(tool.tool_call_id, now)

    def tool_ended(self, tool: protocol.ToolAnswered, now: float) -> None:
        """``end_call`` is a tool too: with it the agent hangs up."""
        self.farewell = self.farewell or (tool.tool_name == _END_CALL and not tool.is_error)
        turn = self._turn_of(tool.event_id, now)
        if turn:
            turn.tool_ended(tool.tool_call_id, now)

    def mcp_moved(self, tool: protocol.McpToolCalled, now: float) -> None:
        """MCP tools have no event: they are the open turn's."""
        if self.turn is None:
            return
        if tool.state in {protocol.McpState.SUCCESS, protocol.McpState.FAILURE}:
            self.turn.tool_ended(tool.tool_call_id, now)
        else:
            self.turn.tool_began(tool.tool_call_id, now)

    def client_tool_refused(self, tool: protocol.ClientToolCalled, now: float) -> None:
        """The agent has our refusal, and speaks next."""
        turn = self._turn_of(tool.event_id, now)
        if turn:
            turn.tool_ended(tool.tool_call_id, now)

    def _turn_of(self, event_id: EventId | None, now: float) -> Turn | None:
        """The open turn, if an event is its own; a number never seen before is."""
        turn = self.turn
        if turn is None:
            return None
        known = self._owners.known(event_id)
        owner = known if known is not None else self._claim(event_id, now).owner
        return turn if owner == turn.key else None


TALK_STEPS: dict[Step, Callable[[Talk, Any, float], None]] = {
    Step.HURRY: Talk.hurry,
    Step.TELL_SLOW: Talk.tell_slow,
    Step.END_QUIET: Talk.end_answered,
    Step.HEAR: Talk.hear,
    Step.STREAM: Talk.stream,
    Step.FINISH: Talk.finish,
    Step.CORRECT: Talk.correct,
    Step.CUT: Talk.cut,
    Step.SPEAK: Talk.speak_due,
    Step.TOUCH: Talk.touch,
    Step.MIND_PERSON: Talk.mind_person,
    Step.TOOL_BEGAN: Talk.tool_began,
    Step.TOOL_ENDED: Talk.tool_ended,
}
"""The steps of the table that concern only what is asked and answered."""
