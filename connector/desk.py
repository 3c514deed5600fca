"""Who heeds doorbells: messages go to their contact, commands are read and carried out."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from connector.dialogue.words import Wish
from connector.strands import Job
from conversation.doorbells import BellKind, Doorbell
from conversation.identifiers import ContactId
from conversation.overview import REPORTED_MOST, Reported
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from connector.hub import Hub
    from connector.line import Line
    from connector.strands import Strands
    from conversation.identifiers import MessageKey
    from conversation.signals import Signals

_WISHES: Final = {"close": Wish.CLOSE, "roll_over": Wish.ROLL_OVER}
_REVIEWS: Final = frozenset({"review", "pause", "resume"})
"""The operator has written the state already: it is only to be read anew."""
_REPORT: Final = "report"
"""Somebody looks at the sockets of a shard, and wants to know what only their holder does."""
_SHARD: Final = "shard#"


class Commands(Protocol):
    """The table of commands. Blocking."""

    def open(self, target: str, at: MessageKey) -> str | None:
        """The command, unless it is done already or gone."""

    def done(
        self,
        target: str,
        at: MessageKey,
        outcome: str,
        now: datetime,
        report: Sequence[Reported] = (),
    ) -> None:
        """Record what became of it, and what it asked for."""


class Desk:
    """Belongs to the loop's thread."""

    def __init__(
        self,
        hub: Hub,
        *,
        commands: Commands,
        strands: Strands,
        signals: Signals,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._commands = commands
        self._strands = strands
        self._signals = signals
        self._now = now

    def taken(self, shard: int, bell: Doorbell, ack: Callable[[bool], object]) -> bool:
        """Heed it, and tell ``ack`` once whether that was done. ``False``: it is not ours."""
        if shard not in self._hub.shards.held:
            return False
        match bell.kind:
            case BellKind.INBOX:
                self._hub.rung(bell.contact_id, bell.key, ack)
            case BellKind.COMMAND:
                self._read(bell, ack)
            case BellKind.OUTBOX | BellKind.TYPING:
                ack(True)  # noqa: FBT003 - the sender's: it cannot be meant for us
        return True

    def _read(self, bell: Doorbell, ack: Callable[[bool], object]) -> None:
        job = Job(
            work=partial(self._commands.open, bell.contact_id, bell.key),
            done=lambda command: self._obey(bell, command, ack),
            failed=lambda error: self._fail(error, ack),
            wanted=lambda: True,
            patient=False,
        )
        self._strands.submit(f"command#{bell.contact_id}", job)

    def _obey(self, bell: Doorbell, command: str | None, ack: Callable[[bool], object]) -> None:
        if command is None:
            ack(True)  # noqa: FBT003 - done before
            return
        outcome = self._carry_out(bell.contact_id, command)
        report = self._report(bell.contact_id) if command == _REPORT else ()
        self._signals(Signal.DOORBELL_TAKEN, kind=BellKind.COMMAND, command=command, state=outcome)
        job = Job(
            work=lambda: self._commands.done(
                bell.contact_id, bell.key, outcome, self._now(), report
            ),
            done=lambda _: ack(True),  # noqa: FBT003 - heeded
            failed=lambda error: self._fail(error, ack),
            wanted=lambda: True,
            patient=False,
        )
        self._strands.submit(f"command#{bell.contact_id}", job)

    def _report(self, target: str) -> list[Reported]:
        """What is known of each open socket, those open the longest first, so many at most."""
        now, contacts = self._clock(), set(self._contacts(target))
        lines = [line for line in self._hub.lines if line.contact_id in contacts]
        known = [each for each in (reported(line, now) for line in lines) if each is not None]
        return sorted(known, key=lambda each: -each.age_s)[:REPORTED_MOST]

    def _carry_out(self, target: str, command: str) -> str:
        if command == _REPORT:
            return "done"
        contacts = self._contacts(target)
        if command in _REVIEWS:
            for contact_id in contacts:
                self._hub.review(contact_id)
            return "done"
        wish = _WISHES.get(command)
        if wish is None:
            return "unknown_command"
        heard = [self._hub.wish(contact_id, wish) for contact_id in contacts]
        return "done" if any(heard) else "no_socket"

    def _contacts(self, target: str) -> list[ContactId]:
        if not target.startswith(_SHARD):
            return [ContactId(target)]
        shard = int(target.removeprefix(_SHARD))
        return [line.contact_id for line in self._hub.lines if line.owner.shard == shard]

    def _fail(self, error: Exception, ack: Callable[[bool], object]) -> None:
        self._signals(Signal.DEFECT_FOUND, error=type(error).__name__, where="commands")
        ack(False)  # noqa: FBT003 - it is rung again


def reported(line: Line, now: float) -> Reported | None:
    """One socket, as its holder knows it; ``None``: there is none."""
    session = line.dialogue.session
    if session is None:
        return None
    return Reported(
        contact_id=line.contact_id,
        state=session.state.value,
        age_s=round(now - session.opened_at, 1) if session.opened_at is not None else 0.0,
        ping_s=round(now - session.last_ping, 1) if session.last_ping is not None else None,
        turns=session.turns,
        sessions=line.sessions,
    )
