"""What happened on the lines: told as signals, counted, and kept for the operators."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from connector.breakers import AGENT_WIDE
from connector.oddities import Oddities
from connector.remedies import remedy_for
from connector.session.closing import EXPIRING, Kind
from conversation.dead_letters import FLOOD
from conversation.identifiers import made_at
from conversation.messages import Notice
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connector.line import Line
    from connector.measures import Measures
    from connector.session.closing import Verdict
    from conversation.answers import Answer
    from conversation.identifiers import AgentId, MessageKey, SessionId, TurnKey, WorkerId
    from conversation.signals import Signals
    from conversation.turns import Turn

_ALARM_AGAIN: Final = timedelta(hours=1)
"""One alarm for one fault; another where it is still there after so long."""
_QUIET: Final = frozenset({Kind.NORMAL, Kind.IDLE, Kind.AGENT_ENDED, Kind.MAX_DURATION})


FIRST: Final = "first"
REOPENED: Final = "reopened"
ROLLED_OVER: Final = "rolled_over"
_GIVEN_WAY: Final = frozenset({EXPIRING, "outdated", "roll_over"})
"""Why a session is closed for another to take its place."""


_Fault = tuple["AgentId | None", str, str | None]
"""Whose, which, and of what."""


class Chronicle(Protocol):
    """Where the operators' log of sockets is kept. Blocking."""

    def event(self, shard: int, at: str, event: str, *, now: datetime, **known: Any) -> None:  # noqa: ANN401 - attributes of the item
        """Write what happened on a socket."""


class Journal:
    """Belongs to the loop's thread, except `late_fence`. Writing rows is best effort."""

    def __init__(
        self,
        *,
        signals: Signals,
        measures: Measures,
        chronicle: Chronicle,
        aside: Callable[[Callable[[], object]], object],
        now: Callable[[], datetime],
        worker: WorkerId,
    ) -> None:
        self.signals = signals
        self.measures = measures
        self._chronicle = chronicle
        self._aside = aside
        self._now = now
        self._worker = worker
        self._alarmed: dict[_Fault, datetime] = {}
        self._lazy = False
        self.oddities = Oddities(signals, measures)

    def rung(self, key: MessageKey | None) -> None:
        """A doorbell is heard. ``key`` is what it rings for."""
        self.measures.doorbells += 1
        if key is not None and (at := _arrived_at(key)) is not None:
            self.measures.doorbell_s.add(max(0.0, (self._now() - at).total_seconds()))

    def dialed(self, line: Line, agent_id: AgentId) -> None:
        """A socket is being opened."""
        self.signals(Signal.SOCKET_DIALED, contact_id=line.contact_id, agent_id=agent_id)

    def opened(self, line: Line, session: SessionId) -> None:
        """A session is ready."""
        self.measures.opens += 1
        line.sessions += 1
        how = _how(line)
        self.measures.openings[how] += 1
        for fault in [f for f in self._alarmed if f[0] == line.wants and f[1] in AGENT_WIDE]:
            del self._alarmed[fault]  # it was repaired
        self.signals(
            Signal.SOCKET_OPENED,
            contact_id=line.contact_id,
            session=session,
            call_id=line.dialogue.state.call_id if line.dialogue.state else None,
            agent_id=line.wants,
            kind=how,
        )
        self._row(line, Signal.SOCKET_OPENED, session=session)

    def closed(self, line: Line, verdict: Verdict, session: SessionId | None) -> None:
        """A session, or the attempt at one, is over."""
        signal = _signal_of(verdict, opened=session is not None)
        how = line.link.closed_as if line.link else None
        self.measures.drops[verdict.reason] += 1
        if session is not None:
            line.closed_for = verdict.reason
        self.signals(
            signal,
            contact_id=line.contact_id,
            session=session,
            reason=verdict.reason,
            code=verdict.code,
            kind=f"{how.kind}:{how.reason}" if how else None,
        )
        if verdict.kind is Kind.CONFIGURATION:
            self._misconfigured(line, verdict)
        self._row(line, signal, session=session, reason=verdict.reason, code=verdict.code)

    def rested(self, line: Line, said: int) -> None:
        """Nobody wrote for so long that its session ended, and none takes its place.

        ``said``: how many messages the conversation has by now, as the table says.
        """
        self.measures.messages.add(said)
        self.signals(Signal.CONVERSATION_RESTED, contact_id=line.contact_id, count=said)

    def left_alone(self, line: Line, verdict: Verdict) -> None:
        """Openings for an agent failed so often that it is left alone for a while."""
        self.signals(Signal.BREAKER_OPENED, agent_id=line.wants, reason=verdict.reason)

    def eagerness(self, *, lazy: bool, sockets: int) -> None:
        """Whether sessions are opened ahead of people's messages: said when it changes."""
        if lazy != self._lazy:
            self._lazy = lazy
            signal = Signal.EAGER_OPENING_PAUSED if lazy else Signal.EAGER_OPENING_RESUMED
            self.signals(signal, count=sockets)

    def asked(self, line: Line, turn: TurnKey) -> None:
        """A turn was given to the agent."""
        self.measures.turns += 1
        self.signals(
            Signal.TURN_ASKED, contact_id=line.contact_id, session=line.session_id, turn=turn
        )

    def answered(self, line: Line, answer: Answer) -> None:
        """The agent said something to a turn."""
        if answer.latency_ms is not None:
            self.measures.answer_s.add(answer.latency_ms / 1000)
        if answer.final and answer.open:
            self.signals(
                Signal.TURN_ANSWERED,
                contact_id=line.contact_id,
                session=answer.session,
                turn=answer.turn.key,
                latency_ms=answer.latency_ms,
            )

    def answer_stored(self, line: Line, answer: Answer, parts: int) -> None:
        """It is in the table."""
        self.measures.answers += 1
        self.signals(
            Signal.ANSWER_STORED,
            contact_id=line.contact_id,
            session=answer.session,
            turn=answer.turn.key,
            parts=parts,
        )

    def notice_stored(self, line: Line, notice: Notice, *, new: bool) -> None:
        """A sentence of ours is, unless it was before."""
        if not new:
            return
        self.measures.notices += 1
        self.signals(Signal.NOTICE_STORED, contact_id=line.contact_id, kind=notice.value)
        if notice is Notice.WAITING:
            # The one notice of a turn that says: the agent, or the way to it, takes too long.
            self.signals(
                Signal.ANSWER_SLOW,
                contact_id=line.contact_id,
                session=line.session_id,
                agent_id=line.dialogue.state.agent_id if line.dialogue.state else None,
            )

    def given_up(self, line: Line, turn: Turn) -> None:
        """A turn was asked as often as we ask."""
        self.signals(
            Signal.TURN_GIVEN_UP,
            contact_id=line.contact_id,
            turn=turn.key,
            attempts=turn.attempts,
            remedy="read the agent's conversations in ElevenLabs; answer the person yourself",
        )

    def expired(self, line: Line, turn: Turn, reason: str) -> None:
        """Messages were set aside."""
        signal = Signal.FLOOD_STOPPED if reason == FLOOD else Signal.MESSAGE_EXPIRED
        self.signals(signal, contact_id=line.contact_id, turn=turn.key, reason=reason)

    def unsolicited(self, line: Line, *, deliver: bool) -> None:
        """The agent said something unasked."""
        kind = "deliver" if deliver else "hold"
        self.signals(Signal.ANSWER_UNSOLICITED, contact_id=line.contact_id, kind=kind)

    def turn_over(self, line: Line, turn: TurnKey, *, answered: bool, why: str) -> None:
        """The next turn may be asked."""
        signal = Signal.TURN_ENDED if answered else Signal.TURN_UNANSWERED
        self.signals(signal, contact_id=line.contact_id, turn=turn, reason=why)

    def fenced(self, line: Line) -> None:
        """The table refused us: another connector owns the contact."""
        self.measures.fenced += 1
        self.signals(
            Signal.COMMIT_FENCED,
            contact_id=line.contact_id,
            shard=line.owner.shard,
            epoch=line.owner.epoch,
        )

    def defect(self, line: Line, error: Exception) -> None:
        """A fault of ours. Its words stay out of the log: they may quote anything."""
        self.measures.defects += 1
        self.signals(
            Signal.DEFECT_FOUND,
            contact_id=line.contact_id,
            error=type(error).__name__,
            reason=getattr(error, "reason", None),
            where=_place(error),
        )

    def unread(self, shard: int, error: Exception) -> None:
        """What is unfinished in a shard that was taken could not be found: the sweeper rings."""
        self.signals(Signal.DEFECT_FOUND, shard=shard, error=type(error).__name__)

    def _misconfigured(self, line: Line, verdict: Verdict) -> None:
        fault, now = (line.wants, verdict.reason, verdict.subject), self._now()
        told = self._alarmed.get(fault)
        if told is not None and now - told < _ALARM_AGAIN:
            return
        self._alarmed[fault] = now
        self.signals(
            Signal.AGENT_MISCONFIGURED,
            contact_id=line.contact_id,
            agent_id=line.wants,
            reason=verdict.reason,
            error=verdict.subject,
            remedy=remedy_for(verdict),
        )

    def _row(self, line: Line, signal: Signal, **known: Any) -> None:  # noqa: ANN401 - attributes of the item
        now, contact_id, shard = self._now(), line.contact_id, line.owner.shard
        # Two events of one instant would be one item: the contact tells them apart.
        at = f"{now.isoformat(timespec='microseconds')}#{contact_id}"
        self._aside(
            lambda: self._chronicle.event(
                shard,
                at,
                signal.value,
                now=now,
                contact_id=contact_id,
                connector=self._worker,
                **known,
            )
        )


def _arrived_at(key: MessageKey) -> datetime | None:
    try:
        return made_at(key)
    except ValueError:
        return None


def _how(line: Line) -> str:
    """Whether a session is a contact's first, takes the place of one, or follows one."""
    if line.closed_for in _GIVEN_WAY:
        return ROLLED_OVER
    state = line.dialogue.state
    earlier = line.closed_for or (state and state.elevenlabs_conversation_id)
    return REOPENED if earlier else FIRST


def _signal_of(verdict: Verdict, *, opened: bool) -> Signal:
    if verdict.kind in _QUIET:
        return Signal.SOCKET_CLOSED
    return Signal.SOCKET_LOST if opened else Signal.SOCKET_REFUSED


def _place(error: Exception) -> str | None:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else None
