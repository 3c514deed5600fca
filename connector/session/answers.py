"""From frames to texts: utterances are put together here, and each is given out once.

An utterance comes as parts, as a whole, or as both in either order. ``event_id`` names the turn
and may hold several utterances; ``response_id``, on newer servers, names the utterance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connector.protocol import AgentPart, AgentSaid, PartKind
from connector.session.utterance import Nobody, Text, Utterance
from conversation.documents import well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.protocol import AgentCorrected, EventId
    from connector.session.policy import SessionPolicy
    from connector.session.utterance import Claim, Owner

_REMEMBERED = 12


class _Joined(NamedTuple):
    """The last text that was put together from parts, and not yet repeated as a whole."""

    owner: Owner
    event_id: EventId | None
    response_id: str | None
    text: str


class Answers:
    """All utterances of a session. Every method returns the texts that have become whole."""

    __slots__ = ("_begun", "_given", "_joined", "_policy")

    def __init__(self, policy: SessionPolicy) -> None:
        self._policy = policy
        self._begun: tuple[Utterance, ...] = ()
        """At most one of an event."""
        self._given: tuple[int, ...] = ()
        """The last ones. Here and in `owners`, a few things of each of ten thousand: no dicts."""
        self._joined: _Joined | None = None

    def part(
        self, part: AgentPart, begin: Callable[[EventId | None], Claim], now: float
    ) -> list[Text]:
        """A piece of a stream came."""
        current = self._of(part.event_id)
        if current is None and part.kind is PartKind.STOP:
            return []
        texts: list[Text] = []
        if current is None or _is_next(current, part):
            texts = self.finish(current) if current else []
            current = self._open(part, begin(part.event_id), now)
        current.touched_at = now
        current.parts.append(part.text)
        return texts + self._stop(current) if part.kind is PartKind.STOP else texts

    def _stop(self, utterance: Utterance) -> list[Text]:
        utterance.stopped = True
        if utterance.given or not utterance.text():
            return self.finish(utterance)
        return []

    def _open(self, frame: AgentPart | AgentSaid, claim: Claim, now: float) -> Utterance:
        utterance = Utterance(
            claim.owner, frame.event_id, frame.response_id, now, doubtful=claim.doubtful
        )
        if frame.response_id is not None:
            utterance.given = hash((frame.event_id, frame.response_id)) in self._given
        self._keep(utterance)
        return utterance

    def _of(self, event_id: EventId | None) -> Utterance | None:
        for utterance in self._begun:
            if utterance.event_id == event_id:
                return utterance
        return None

    def _keep(self, utterance: Utterance) -> None:
        others = (one for one in self._begun if one.event_id != utterance.event_id)
        self._begun = (*others, utterance)

    def _drop(self, utterance: Utterance) -> None:
        self._begun = tuple(one for one in self._begun if one is not utterance)

    def said(
        self, said: AgentSaid, begin: Callable[[EventId | None], Claim], now: float
    ) -> list[Text]:
        """The whole text of an utterance came: it replaces what was streamed of it."""
        current = self._stream_of(said)
        confirmed = self._confirm(said, current)
        if confirmed is not None:
            return confirmed
        if current is None:
            if said.event_id is not None and _key(said, said.text) in self._given:
                return []
            return self._say_at_once(said, begin(said.event_id), now)
        current.parts[:] = [said.text]
        current.response_id = said.response_id or current.response_id
        current.touched_at = now
        return self._whole(current)

    def _stream_of(self, said: AgentSaid) -> Utterance | None:
        current = self._of(said.event_id)
        if current is None or current.given:
            return None
        return current if _alike(current.response_id, said.response_id) else None

    def _say_at_once(self, said: AgentSaid, claim: Claim, now: float) -> list[Text]:
        utterance = Utterance(
            claim.owner, said.event_id, said.response_id, now, doubtful=claim.doubtful
        )
        utterance.parts.append(said.text)
        utterance.stopped = True
        if not claim.doubtful:
            return self._give(utterance)
        self._keep(utterance)
        return []

    def _whole(self, utterance: Utterance) -> list[Text]:
        if utterance.doubtful:
            utterance.stopped = True
            return []
        if utterance.stopped:
            self._drop(utterance)
        texts = self._give(utterance)
        utterance.given = True
        utterance.parts.clear()
        return texts

    def _confirm(self, said: AgentSaid, current: Utterance | None) -> list[Text] | None:
        """What is new in a whole text whose parts were given out before; ``None`` = all of it."""
        joined = self._joined
        if joined is None or joined.event_id != said.event_id:
            return None
        if not _alike(joined.response_id, said.response_id):
            return None
        text = well_formed(said.text).strip()
        if _squashed(text) == _squashed(joined.text):
            self._joined = None
            self._remember(_key(said, text))
            return []
        if current is not None or not text.startswith(joined.text):
            return None
        self._joined = None
        return [Text(joined.owner, text[len(joined.text) :].strip(), said.event_id)]

    def done(self, event_id: EventId | None) -> list[Text]:
        """The agent is done with this turn: nothing of it is awaited any more."""
        utterance = self._of(event_id)
        return self.finish(utterance) if utterance and not utterance.doubtful else []

    def corrected(self, correction: AgentCorrected, now: float) -> None:
        """Honoured while the utterance was not given out."""
        utterance = self._of(correction.event_id)
        if utterance and not utterance.given:
            utterance.corrected = correction.corrected
            utterance.stopped = True
            utterance.touched_at = now

    def interrupted(self, event_id: EventId | None, now: float) -> list[Text]:
        """No more parts of this utterance will come; a correction may."""
        utterance = self._of(event_id)
        if utterance is None:
            return []
        utterance.touched_at = now
        return self._stop(utterance)

    def due(self, now: float) -> list[Text]:
        """What nobody finished in time."""
        late = [u for u in self.pending() if (u.due_at(self._policy) or 0.0) <= now]
        return [text for utterance in late for text in self.finish(utterance)]

    def deadline(self) -> float | None:
        """When :meth:`due` has something."""
        if not self._begun:
            return None
        dues = (utterance.due_at(self._policy) for utterance in self._begun)
        return min((due for due in dues if due is not None), default=None)

    def pending(self) -> list[Utterance]:
        """What was begun and not given out, oldest first."""
        return [utterance for utterance in self._begun if not utterance.given]

    def holds(self, owner: Owner) -> bool:
        """Whether something of this owner is pending."""
        return any(utterance.owner == owner for utterance in self.pending())

    def streaming(self, owner: Owner) -> bool:
        """Whether something of this owner is in the middle of its stream."""
        return any(u.owner == owner and not u.stopped for u in self.pending())

    def alive_until(self) -> float:
        """Until when a deadline should not cut what is just coming."""
        return max((u.touched_at + self._policy.quiet_s for u in self.pending()), default=0.0)

    def settle_doubts(self, newer: EventId | None) -> list[EventId | None]:
        """Another event answers the turn, so what was in doubt is the greeting: its ids."""
        greetings = [u for u in self.pending() if u.doubtful and u.event_id != newer]
        for utterance in greetings:
            utterance.owner = Nobody.GREETING
            utterance.doubtful = False
        return [utterance.event_id for utterance in greetings]

    def forget_given(self) -> None:
        """Stop waiting for the last parts of what was given out: nobody keeps their memory."""
        self._begun = tuple(self.pending())

    def finish(self, utterance: Utterance) -> list[Text]:
        """Give out what there is of it now, and wait for no more."""
        self._drop(utterance)
        if utterance.given:
            return []
        # Half an utterance does not stand for the whole one: its rest may still come.
        texts = self._give(utterance, whole=utterance.stopped)
        for owner, text, event_id in texts:
            self._joined = _Joined(owner, event_id, utterance.response_id, text)
        return texts

    def _give(self, utterance: Utterance, *, whole: bool = True) -> list[Text]:
        text = utterance.text()
        # Without a number, and of halves, nobody can tell a repetition from something new.
        numbered = utterance.event_id is not None or utterance.owner is not Nobody.UNSOLICITED
        if text and whole and numbered:
            key = _key(utterance, text)
            if key in self._given:
                return []
            self._remember(key)
        return [Text(utterance.owner, text, utterance.event_id)]

    def _remember(self, key: int) -> None:
        self._given = (*self._given, key)[-_REMEMBERED:]


def _key(frame: Utterance | AgentSaid, text: str) -> int:
    """What makes two utterances the same one. Hashes instead of texts: sessions are many."""
    turn = frame.event_id
    if turn is None and isinstance(frame, Utterance):
        return hash((frame.owner, text))
    if frame.response_id is not None:
        return hash((turn, frame.response_id))
    return hash((turn, well_formed(text).strip()))


def _is_next(current: Utterance, part: AgentPart) -> bool:
    if not _alike(current.response_id, part.response_id):
        return True
    if part.kind is not PartKind.START:
        return False
    untouched = not current.parts or not current.text()
    repeated = part.response_id is not None and current.response_id is not None
    return current.given or current.stopped or not (untouched or repeated)


def _alike(one: str | None, other: str | None) -> bool:
    """Whether two response ids may name the same utterance. Older servers leave them out."""
    return one is None or other is None or one == other


def _squashed(text: str) -> str:
    return " ".join(text.split())
