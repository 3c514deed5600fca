"""Answering a batch of doorbells: which contacts are served, and which doorbells come back.

A queue of doorbells keeps its order by contact, and holds back a contact's later ones while one
of them is out. So of several only the one with the oldest key comes back, for all: it reads them.

What is no doorbell at all is put to the dead letters with its reason, at once: it holds nobody up.
Where that fails it comes back, and again, until the queue has counted enough to do it by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.doorbells import BellKind, Doorbell, read_doorbell
from conversation.errors import HiloError, Permanent, Refused, Transient
from conversation.signals import Signal
from functions.reply_sender.steps import Done, Later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from conversation.identifiers import ContactId
    from conversation.signals import Signals
    from functions.reply_sender.deliver import Sender
    from functions.reply_sender.ports import DeadLetters, Visibility
    from functions.reply_sender.show_typing import Typing

LEAST_BACKOFF_S: Final = 2.0
MOST_BACKOFF_S: Final = 15.0
PATIENCE: Final = 12
"""A doorbell that came this often for nothing is let go: the sweeper rings for what waits. The
dead letters (after 20) are for what can never be answered."""

TYPING_BUDGET_S: Final = 2.0
"""All indicators of a batch together, after everything else: what is left over is left out."""


@dataclass(frozen=True, slots=True)
class Ring:
    """One message of the queue. ``receives`` counts how often it was handed out, with this."""

    id: str
    receipt: str
    body: str
    receives: int


@dataclass(frozen=True, slots=True)
class _Heard:
    ring: Ring
    bell: Doorbell


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The use case: a supervisor. One contact's trouble is no other's."""

    sender: Sender
    typing: Typing
    visibility: Visibility
    dead_letters: DeadLetters
    signals: Signals
    chance: Random

    def answer(self, rings: Sequence[Ring], time_left: Callable[[], float]) -> list[str]:
        """Answer all of ``rings``. Returns the ids of those that must come back."""
        heard, back = self._read(rings)
        for contact_id, theirs in _by_contact(heard, BellKind.OUTBOX).items():
            standing = min(theirs, key=lambda each: each.bell.key)
            after_s = self._serve(contact_id, standing, time_left)
            if after_s is not None:
                back.append(self._put_off(standing.ring, after_s))
        self._show_typing(heard, time_left)
        return back

    def _read(self, rings: Iterable[Ring]) -> tuple[list[_Heard], list[str]]:
        """The doorbells, and the ids of what is none and could not be buried."""
        heard, unburied = [], []
        for ring in rings:
            try:
                heard.append(_Heard(ring, _of_ours(read_doorbell(ring.body))))
            except Refused as error:
                self.signals(Signal.DOORBELL_REFUSED, queue="outbox", reason=error.reason)
                if not self._buried(ring, error.reason):
                    unburied.append(self._put_off(ring, 0))
        return heard, unburied

    def _buried(self, ring: Ring, reason: str) -> bool:
        try:
            self.dead_letters.put(ring.body, reason)
        except Transient:
            return False
        return True

    def _serve(
        self, contact_id: ContactId, standing: _Heard, time_left: Callable[[], float]
    ) -> float | None:
        """When the doorbell is to come back; ``None``: never."""
        if time_left() < self.sender.needed_s:
            return 0
        try:
            outcome = self.sender.serve(contact_id, standing.bell.key, time_left)
        except (Transient, Permanent) as error:
            self._note(Signal.PROVIDER_FAILED, standing, error.reason, error)
            outcome = Later()
        except Exception as error:  # noqa: BLE001 - a supervisor: the other contacts are served
            reason = error.reason if isinstance(error, HiloError) else "unexpected"
            self._note(Signal.DEFECT_FOUND, standing, reason, error)
            return self._backoff_s(standing.ring)
        return self._after_s(outcome, standing)

    def _after_s(self, outcome: Done | Later, standing: _Heard) -> float | None:
        if isinstance(outcome, Done):
            return None
        if standing.ring.receives >= PATIENCE:
            self._note(Signal.REPLY_POSTPONED, standing, "left_to_the_sweeper", None)
            return None
        return self._backoff_s(standing.ring) if outcome.after_s is None else outcome.after_s

    def _backoff_s(self, ring: Ring) -> float:
        most = min(MOST_BACKOFF_S, LEAST_BACKOFF_S * 2 ** min(ring.receives, 8))
        return self.chance.uniform(LEAST_BACKOFF_S, most)

    def _put_off(self, ring: Ring, after_s: float) -> str:
        try:
            self.visibility.come_back(ring.receipt, after_s)
        except Transient as error:  # then it comes back when the queue's own time-out is over
            self.signals(Signal.DOORBELL_FAILED, queue="outbox", reason=error.reason)
        return ring.id

    def _show_typing(self, heard: Iterable[_Heard], time_left: Callable[[], float]) -> None:
        """Only the latest of each contact, and only while there is time to spare."""
        stop_at = max(time_left() - TYPING_BUDGET_S, 2 * TYPING_BUDGET_S)
        for theirs in _by_contact(heard, BellKind.TYPING).values():
            if time_left() < stop_at:
                return
            self.typing.show(theirs[-1].bell)

    def _note(self, signal: Signal, standing: _Heard, reason: str, error: Exception | None) -> None:
        self.signals(
            signal,
            contact_id=standing.bell.contact_id,
            message_key=standing.bell.key,
            reason=reason,
            error=type(error).__name__ if error else None,
            count=standing.ring.receives,
            where="reply_sender",
        )


def _of_ours(bell: Doorbell) -> Doorbell:
    if bell.kind not in {BellKind.OUTBOX, BellKind.TYPING}:
        raise Refused("a doorbell for the connector", reason="wrong_queue")
    return bell


def _by_contact(heard: Iterable[_Heard], kind: BellKind) -> dict[ContactId, list[_Heard]]:
    groups: dict[ContactId, list[_Heard]] = {}
    for each in heard:
        if each.bell.kind is kind:
            groups.setdefault(each.bell.contact_id, []).append(each)
    return groups
