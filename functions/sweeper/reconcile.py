"""Storing what Twilio has and we have not: its webhook was lost, and it calls only once.

Where Twilio cannot reach us at all (``POLL_TWILIO``), this is how every message comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from conversation.errors import Refused
from conversation.inbound import read_inbound
from conversation.outbox import MOST_LISTED
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from conversation.identifiers import MessageSid
    from conversation.inbound import Inbound
    from conversation.outbox import Listed
    from conversation.signals import Signals
    from conversation.sweeping import Mark

GRACE: Final = timedelta(minutes=2)
"""What is younger than this may still come by the webhook."""

OVERLAP: Final = timedelta(minutes=10)
"""Twilio's list lags, too: what was compared is compared once more."""

FURTHEST: Final = timedelta(hours=48)
STOP_S: Final = 10.0


class Twilio(Protocol):
    """Who has the messages. Raises ``Rejected`` and ``Transient``."""

    def received(self, since: datetime) -> list[Listed]:
        """What people wrote to us, from ``since`` on: at most ``MOST_LISTED``, the newest."""


class Marks(Protocol):
    """How far we have compared."""

    def mark(self) -> Mark | None:
        """Where we stand; ``None`` before the first time."""

    def begin(self, now: datetime) -> None:
        """Begin with ``now``."""

    def reach(self, until: datetime) -> None:
        """All that came up to ``until`` has been compared."""

    def known(self, sids: Iterable[MessageSid]) -> frozenset[MessageSid]:
        """Those of ``sids`` that are stored."""


class Reception(Protocol):
    """Who takes messages in: the webhook's use case."""

    def take(self, inbound: Inbound, now: datetime) -> None:
        """Store it once, as of ``now``, and ring; raises ``Transient``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """The use case. Raises ``Transient`` or ``Rejected``; the next run begins where this ended."""

    twilio: Twilio
    marks: Marks
    reception: Reception
    signals: Signals
    polls: bool

    def reconcile(self, now: datetime, time_left: Callable[[], float]) -> int:
        """Store what is missing, the oldest first. Returns how many were."""
        mark = self.marks.mark()
        if mark is None:
            self.marks.begin(now)
            return 0
        until = now if self.polls else now - GRACE
        since = max(mark.since, mark.until - OVERLAP, now - FURTHEST).replace(microsecond=0)
        received = self.twilio.received(since)
        missing = self._missing(received, until)
        for count, listed in enumerate(missing):
            if time_left() < STOP_S:
                return count  # not marked: the next run finds the rest
            self._take(listed)
        if len(received) < MOST_LISTED:
            self.marks.reach(max(until, mark.until))
        else:  # older ones were not told: to mark them as compared would lose them
            self.signals(Signal.PROVIDER_FAILED, where="reconciler", reason="list_incomplete")
        return len(missing)

    def _missing(self, received: list[Listed], until: datetime) -> list[Listed]:
        due = [each for each in received if each.created_at <= until]
        known = self.marks.known(each.sid for each in due)
        return sorted(
            (each for each in due if each.sid not in known), key=lambda each: each.created_at
        )

    def _take(self, listed: Listed) -> None:
        """It counts as of when it was written: the window began then, not now."""
        try:
            inbound = read_inbound(_as_parameters(listed))
        except Refused as error:
            self.signals(
                Signal.WEBHOOK_REFUSED, sid=listed.sid, reason=error.reason, where="reconciler"
            )
            return
        self.reception.take(inbound, listed.created_at)
        reason = "polled" if self.polls else "missed"
        self.signals(Signal.MESSAGE_RECONCILED, sid=listed.sid, reason=reason)


def _as_parameters(listed: Listed) -> dict[str, str]:
    """As the webhook would have brought it: the list has neither names nor media types."""
    return {
        "MessageSid": listed.sid,
        "From": listed.from_,
        "To": listed.to,
        "Body": listed.body,
        "NumMedia": str(listed.media),
    }
