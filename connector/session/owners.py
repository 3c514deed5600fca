"""Whom the agent's words belong to.

The server numbers turns (``event_id``) but does not tell us the number of a question: the first
new number that comes while a turn is open is taken as its own, and stays so for good. Where the
server gives no numbers (``classic``), time decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.session.utterance import Claim, Nobody

if TYPE_CHECKING:
    from connector.protocol import EventId
    from connector.session.policy import SessionPolicy
    from connector.session.utterance import Owner
    from conversation.identifiers import TurnKey

_REMEMBERED = 8
_GREETING_EVENT = 1


class Owners:
    """Which event belongs to which turn, for the last events of a session."""

    __slots__ = (
        "_events", "_forgotten", "_given_up", "_greeted", "_last", "_last_at", "_owners", "_policy",
    )  # fmt: skip

    def __init__(self, policy: SessionPolicy) -> None:
        self._policy = policy
        self._events: tuple[EventId, ...] = ()
        self._owners: tuple[Owner, ...] = ()
        """Of the last events, in step, the oldest first."""
        self._forgotten = 0
        """Numbers up to here were claimed, and it is not known any more by whom."""
        self._greeted = False
        self._last: TurnKey | None = None
        self._last_at = 0.0
        self._given_up = False

    def known(self, event_id: EventId | None) -> Owner | None:
        """The owner of an event that was claimed before."""
        if event_id is None:
            return None
        if event_id in self._events:
            return self._owners[self._events.index(event_id)]
        forgotten = isinstance(event_id, int) and event_id <= self._forgotten
        return Nobody.UNSOLICITED if forgotten else None

    def bind(self, event_id: EventId | None, owner: Owner) -> None:
        """From now on this event is this owner's."""
        self._greeted = self._greeted or owner is Nobody.GREETING
        if event_id is None:
            return
        owners = dict(zip(self._events, self._owners, strict=True)) | {event_id: owner}
        if len(owners) > _REMEMBERED:
            oldest = next(iter(owners))
            del owners[oldest]
            if isinstance(oldest, int):
                self._forgotten = max(self._forgotten, oldest)
        self._events, self._owners = tuple(owners), tuple(owners.values())

    def claim(
        self, event_id: EventId | None, turn: TurnKey | None, now: float, *, settling: bool
    ) -> Claim:
        """The owner of an utterance that begins. ``turn`` is the open one."""
        known = self.known(event_id)
        if known is Nobody.GREETING and turn is not None:
            # A greeting is one utterance: a second one under its number is an answer.
            known = None
        if known is not None:
            return Claim(known)
        doubtful = self._may_be_greeting(event_id, turn)
        owner = self._new_owner(event_id, turn, now, settling=settling)
        self.bind(event_id, owner)
        return Claim(owner, doubtful)

    def _may_be_greeting(self, event_id: EventId | None, turn: TurnKey | None) -> bool:
        """Due, not seen, and under the number that greetings have, before any other answer."""
        due = self._policy.first_message is True and not self._greeted
        first = turn is not None and self._last is None and not self._events
        return due and first and event_id == _GREETING_EVENT

    def _new_owner(
        self, event_id: EventId | None, turn: TurnKey | None, now: float, *, settling: bool
    ) -> Owner:
        if turn is not None:
            return turn
        if settling:
            return Nobody.GREETING
        just_ended = event_id is None and now < self._last_at + self._policy.late_text_s
        if self._last is not None and (self._given_up or just_ended):
            return self._last
        return Nobody.UNSOLICITED

    def turn_ended(self, turn: TurnKey, now: float, *, given_up: bool) -> None:
        """The turn is not open any more. If it was given up, a first answer may still come."""
        self._last = turn
        self._last_at = now
        self._given_up = given_up
