"""When which alarm of a session is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from connector.session.transitions import ALARMS, Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.session.policy import SessionPolicy
    from connector.session.talk import Talk
    from connector.session.words import State

_AT_LIMIT_S = 5.0
"""A server that closes this close to its maximum closes because of it."""


class Clock:
    """The times a session remembers, and the alarms that follow from them."""

    __slots__ = (
        "_policy",
        "_talk",
        "expiring_told",
        "last_frame",
        "last_ping",
        "last_signal",
        "next_at",
        "opened_at",
        "queued",
        "since",
    )

    def __init__(self, policy: SessionPolicy, talk: Talk) -> None:
        self._policy = policy
        self._talk = talk
        self.since = 0.0
        """When the present state was entered."""
        self.opened_at: float | None = None
        self.last_frame = 0.0
        self.last_ping: float | None = None
        self.last_signal = 0.0
        """When the server last learnt that the person is there."""
        self.expiring_told = False
        self.queued = False
        """The server has no room for the conversation yet."""
        self.next_at: float | None = None

    def due(self, state: State, now: float) -> Alarm | None:
        """The first alarm whose time has come. If none has, ``next_at`` is when the next one is."""
        next_at = None
        for alarm, time_of in _RUNNING[state]:
            at = time_of(self)
            if at is None:
                continue
            if at <= now:
                return alarm
            if next_at is None or at < next_at:
                next_at = at
        self.next_at = next_at
        return None

    def at_limit(self, now: float) -> bool:
        """Whether the conversation is as old as the server lets it become."""
        opened_at = now if self.opened_at is None else self.opened_at
        return now - opened_at >= self._policy.max_duration_s - _AT_LIMIT_S

    def expires_at(self) -> float:
        """From when on no turn may start."""
        policy = self._policy
        return (self.opened_at or 0.0) + policy.max_duration_s - policy.reserve_s

    def _text_due_at(self) -> float | None:
        return self._talk.answers.deadline()

    def _metadata_late_at(self) -> float:
        return self.since + self._policy.metadata_s

    def _settled_at(self) -> float:
        policy = self._policy
        if self.queued:
            return self.since + policy.queue_s
        greeting_s = 0.0 if self._talk.greeting_over else policy.greeting_wait_s
        return self.since + max(policy.settle_s, greeting_s)

    def _slow_at(self) -> float | None:
        return self._talk.open().slow_at()

    def _empty_at(self) -> float | None:
        return self._talk.open().empty_at()

    def _quiet_at(self) -> float | None:
        turn = self._talk.open()
        return None if self._talk.answers.streaming(turn.key) else turn.quiet_at()

    def _hard_at(self) -> float:
        # What is just coming is not cut.
        return max(self._talk.open().hard_at(), self._talk.answers.alive_until())

    def _leave_at(self) -> float:
        return max(self.since + self._policy.leave_grace_s, self._talk.answers.alive_until())

    def _gone_at(self) -> float:
        return self.since + self._policy.close_grace_s

    def _dead_at(self) -> float | None:
        return None if self.last_ping is None else self.last_frame + self._policy.dead_peer_s

    def _idle_at(self) -> float:
        return (self._talk.last_at or 0.0) + self._policy.idle_s

    def _expiring_at(self) -> float | None:
        return None if self.expiring_told else self.expires_at()

    def _keep_alive_at(self) -> float | None:
        period_s = self._policy.keep_alive_s
        return None if period_s is None else self.last_signal + period_s

    CLOCK: ClassVar[dict[Alarm, Callable[[Clock], float | None]]] = {
        Alarm.TEXT_DUE: _text_due_at,
        Alarm.METADATA_LATE: _metadata_late_at,
        Alarm.SETTLED: _settled_at,
        Alarm.ANSWER_SLOW: _slow_at,
        Alarm.ANSWER_EMPTY: _empty_at,
        Alarm.ANSWER_QUIET: _quiet_at,
        Alarm.HARD_DEADLINE: _hard_at,
        Alarm.LEAVE: _leave_at,
        Alarm.GONE: _gone_at,
        Alarm.PEER_DEAD: _dead_at,
        Alarm.IDLE: _idle_at,
        Alarm.EXPIRING: _expiring_at,
        Alarm.KEEP_ALIVE: _keep_alive_at,
    }


_RUNNING = {
    state: tuple((alarm, Clock.CLOCK[alarm]) for alarm in alarms)
    for state, alarms in ALARMS.items()
}
"""The alarms that are set in a state, in the order of precedence."""
