"""One conversation with an agent on one socket, as a pure machine.

``on(event, now)`` takes what happened and returns what to do about it; ``deadline`` tells when to
come back with ``TimePassed()`` if nothing else happens before. ``now`` is monotonic seconds.

The caller owes: effects carried out in their order; a turn stored as ASKED before its ``Ask``;
every ``Say`` committed; ``Lost`` once the socket is gone. The table of what happens when is in
:mod:`connector.session.transitions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from connector import protocol
from connector.protocol import Initiation
from connector.session import words
from connector.session.clock import Clock
from connector.session.closing import Kind, Verdict, classify
from connector.session.talk import TALK_STEPS, Talk
from connector.session.transitions import LIVE, TRANSITIONS, Alarm, Step
from connector.session.words import Oddity, State, Unanswered
from conversation.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.protocol import Dialect
    from connector.session.policy import SessionPolicy
    from connector.session.words import Effect, Input
    from conversation.identifiers import SessionId

    SessionStep = Callable[["Session", Any, float], None]

_NORMAL_CLOSURE = 1000
_WAITING = "waiting"
_NO_SUCH_TOOL = "This tool is not available in this conversation."
_TOLD = Initiation()
"""In place of what was told: nobody needs those few KB again, times 10,000 sessions."""
_FOLLOWS_TALK = frozenset({State.READY, State.ASKED, State.ANSWERING})


class Session:
    """See the module. Not thread-safe, and in no need of it: one loop owns every session."""

    __slots__ = (
        "_clock", "_dialect", "_effects", "_fault", "_initiation", "_state", "_talk", "_verdict",
        "session_id", "turns",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, initiation: Initiation, policy: SessionPolicy) -> None:
        self._dialect = dialect
        self._initiation = initiation
        self._effects: list[Effect] = []
        self._talk = Talk(policy, self._effects)
        self._clock = Clock(policy, self._talk)
        self._state = State.DIALING
        self._fault: protocol.ServerFault | None = None
        self._verdict: Verdict | None = None
        self.session_id: SessionId | None = dialect.session_id(initiation)
        self.turns = 0

    @property
    def state(self) -> State:
        """Where the session is in its life."""
        return self._state

    @property
    def opened_at(self) -> float | None:
        """When the socket was opened."""
        return self._clock.opened_at

    @property
    def last_ping(self) -> float | None:
        """When the server last pinged."""
        return self._clock.last_ping

    @property
    def last_activity(self) -> float | None:
        """When something was last asked or said, or the session became ready for it."""
        return self._talk.last_at

    @property
    def deadline(self) -> float | None:
        """When ``TimePassed()`` is due: after the last ``now``, or never."""
        return self._clock.next_at

    def room_for_turn(self, now: float) -> bool:
        """Whether enough is left of the server's maximum for another turn."""
        # It begins to run when the socket opens; ``now`` is no small number by itself.
        return self._clock.opened_at is None or now < self._clock.expires_at()

    def can_ask(self, now: float) -> bool:
        """Whether ``Ask`` is legal: ready, nothing owed, and time enough."""
        return self._state is State.READY and self.room_for_turn(now)

    def on(self, happened: Input, now: float) -> list[Effect]:
        """What to do about it. Raises ``Defect`` for what a correct caller never does."""
        if isinstance(happened, words.Received):
            self._clock.last_frame = now
            self._apply(type(happened.event), happened.event, now)
        else:
            self._apply(type(happened), happened, now)
        while due := self._clock.due(self._state, now):
            self._apply(due, None, now)
        effects = self._effects.copy()
        self._effects.clear()
        return effects

    def _apply(self, key: type[object] | Alarm, event: object, now: float) -> None:
        state = self._state
        rule = TRANSITIONS[state, key]
        if rule.step is Step.REFUSE:
            raise Defect(f"{key} in {state}", reason="illegal_input")
        if rule.step in TALK_STEPS:
            TALK_STEPS[rule.step](self._talk, event, now)
            self._follow(now)
        else:
            self.STEPS[rule.step](self, event, now)
        if self._state not in rule.to:
            raise Defect(f"{key} led from {state} to {self._state}", reason="illegal_transition")

    def _enter(self, state: State, now: float) -> None:
        self._state = state
        self._clock.since = now

    def _send(self, frame: str | None) -> None:
        if frame is not None:
            self._effects.append(words.Send(frame))

    # -- opening ---------------------------------------------------------------------------------

    def _initiate(self, _: words.Opened, now: float) -> None:
        self._clock.opened_at = now
        self._send(self._dialect.initiation(self._initiation))
        self._enter(State.INITIATING, now)
        if self.session_id is not None:
            self._settle(now)

    def _adopt(self, metadata: protocol.Metadata, now: float) -> None:
        self.session_id = metadata.session_id
        self._settle(now)

    def _rename(self, metadata: protocol.Metadata, _: float) -> None:
        self.session_id = metadata.session_id

    def _settle(self, now: float) -> None:
        # After the metadata, not before: until then the server has nowhere to put context.
        for note in self._initiation.context:
            self._send(self._dialect.contextual_update(note))
        self._initiation = _TOLD
        self._enter(State.SETTLING, now)

    def _queue(self, moved: protocol.QueueMoved, now: float) -> None:
        self._clock.queued = moved.status == _WAITING
        if self._state is State.SETTLING:
            self._enter(State.SETTLING, now)

    def _get_ready(self, _: None, now: float) -> None:
        if self.session_id is None:
            raise Defect("ready without an id", reason="no_session_id")
        self._talk.settled(now)
        self._clock.last_signal = now
        self._enter(State.READY, now)
        self._effects.append(words.Ready(self.session_id))

    def _no_metadata(self, _: None, now: float) -> None:
        self._hang_up(Verdict(Kind.OURS, "no_metadata"), Unanswered.LOST, now)

    # -- talking ---------------------------------------------------------------------------------

    def _ask(self, ask: words.Ask, now: float) -> None:
        if not self.room_for_turn(now):
            raise Defect("no room for another turn", reason="illegal_input")
        self._talk.ask(ask, now)
        self.turns += 1
        self._send(self._dialect.user_message(ask.text))
        self._follow(now)

    def _follow(self, now: float) -> None:
        """The state is that of the talk, unless the session is opening or over."""
        state = self._state
        if self._talk.farewell and state in LIVE and state is not State.LEAVING:
            self._enter(State.LEAVING, now)
        elif state in _FOLLOWS_TALK and state is not self._talk.phase:
            self._clock.last_signal = now
            self._enter(self._talk.phase, now)

    def _end_hard(self, _: None, now: float) -> None:
        if self._talk.end_hard(now):
            self._follow(now)
        else:
            self._hang_up(Verdict(Kind.OURS, "answer_deadline"), Unanswered.DEADLINE, now)

    def _give_up_empty(self, _: None, now: float) -> None:
        self._hang_up(Verdict(Kind.OURS, "empty_answer"), Unanswered.EMPTY, now)

    def _answer_tool(self, tool: protocol.ClientToolCalled, now: float) -> None:
        if tool.expects_response:
            call_id = tool.tool_call_id
            self._send(self._dialect.tool_result(call_id, _NO_SUCH_TOOL, is_error=True))
        self._effects.append(words.Odd(Oddity.TOOL_REFUSED, tool.tool_name))
        self._talk.client_tool_refused(tool, now)

    def _mcp_moved(self, tool: protocol.McpToolCalled, now: float) -> None:
        if tool.state is protocol.McpState.AWAITING_APPROVAL:
            self._send(self._dialect.tool_refusal(tool.tool_call_id))
        self._talk.mcp_moved(tool, now)

    # -- living ----------------------------------------------------------------------------------

    def _pong(self, ping: protocol.Ping, now: float) -> None:
        self._clock.last_ping = now
        self._send(self._dialect.pong(ping.event_id))

    def _count(self, frame: protocol.Unknown | protocol.Malformed, _: float) -> None:
        if isinstance(frame, protocol.Unknown):
            self._effects.append(words.Odd(Oddity.UNKNOWN_FRAME, frame.type))
        else:
            self._effects.append(words.Odd(Oddity.MALFORMED_FRAME, frame.reason))

    def _expire(self, _: None, __: float) -> None:
        self._clock.expiring_told = True
        self._effects.append(words.Expiring())

    def _keep_alive(self, _: None, now: float) -> None:
        self._clock.last_signal = now
        self._send(self._dialect.user_activity())

    # -- closing ---------------------------------------------------------------------------------

    def _idle_out(self, _: None, now: float) -> None:
        self._hang_up(Verdict(Kind.IDLE, "idle"), Unanswered.CLOSED, now)

    def _bury(self, _: None, now: float) -> None:
        self._hang_up(Verdict(Kind.OURS, "dead_peer"), Unanswered.LOST, now)

    def _close(self, wanted: words.CloseWanted, now: float) -> None:
        self._hang_up(Verdict(Kind.NORMAL, wanted.reason), Unanswered.CLOSED, now)

    def _take_fault(self, fault: protocol.ServerFault, now: float) -> None:
        self._fault = self._fault or fault
        if self._state is not State.LEAVING:
            self._enter(State.LEAVING, now)

    def _leave(self, _: None, now: float) -> None:
        self._hang_up(self._judge(words.Lost(), now), Unanswered.LOST, now)

    def _hang_up(self, verdict: Verdict, why: Unanswered, now: float) -> None:
        self._talk.wrap_up(why, now)
        self._verdict = verdict
        self._effects.append(words.Hangup(_NORMAL_CLOSURE, verdict.reason))
        self._enter(State.CLOSING, now)

    def _lose(self, lost: words.Lost, now: float) -> None:
        self._talk.wrap_up(Unanswered.LOST, now)
        self._end(self._verdict or self._judge(lost, now), now)

    def _end_gone(self, _: None, now: float) -> None:
        self._end(self._verdict or self._judge(words.Lost(), now), now)

    def _end(self, verdict: Verdict, now: float) -> None:
        self._effects.append(words.Ended(verdict))
        self._enter(State.ENDED, now)

    def _judge(self, lost: words.Lost, now: float) -> Verdict:
        if self._talk.farewell and self._fault is None:
            return Verdict(Kind.AGENT_ENDED, "end_call", code=lost.code)
        return classify(self._fault, lost, at_limit=self._clock.at_limit(now))

    def _ignore(self, _: object, __: float) -> None:
        """Nothing to do, on purpose."""

    STEPS: ClassVar[dict[Step, SessionStep]] = {
        Step.IGNORE: _ignore,
        Step.COUNT: _count,
        Step.INITIATE: _initiate,
        Step.ADOPT: _adopt,
        Step.RENAME: _rename,
        Step.ASK: _ask,
        Step.LOSE: _lose,
        Step.CLOSE: _close,
        Step.PONG: _pong,
        Step.ANSWER_TOOL: _answer_tool,
        Step.MCP_MOVED: _mcp_moved,
        Step.FAULT: _take_fault,
        Step.NO_METADATA: _no_metadata,
        Step.GET_READY: _get_ready,
        Step.QUEUE: _queue,
        Step.GIVE_UP_EMPTY: _give_up_empty,
        Step.END_HARD: _end_hard,
        Step.LEAVE: _leave,
        Step.END_GONE: _end_gone,
        Step.BURY: _bury,
        Step.IDLE_OUT: _idle_out,
        Step.EXPIRE: _expire,
        Step.KEEP_ALIVE: _keep_alive,
    }
    """What the session does itself; the rest is its talk's (:data:`TALK_STEPS`)."""
