"""The hub: every contact that this process serves, and the shards it serves them for.

It tells each dialogue what happened, carries out what the dialogue wants in the order in which it
wants it, and gives it its timer. One thread, the loop's: there are no locks. A fault in one
dialogue costs that dialogue its socket, and nobody else anything.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from connector.crowding import Crowding
from connector.dialogue.words import Looked, Moment, Rung, Wish, Wished
from connector.ledger import Known
from connector.line import Line
from connector.performing import Performing
from connector.relapses import Relapses
from connector.rounds import Rounds
from connector.session.closing import KEY_REFUSED
from connector.session.words import TimePassed
from connector.shards import Shards
from connector.strands import Job
from conversation.doorbells import shard_of
from conversation.errors import Fenced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from connector.dialogue.words import Input, Look
    from connector.door import Room
    from connector.ledger import Found
    from connector.loop import Loop
    from connector.performing import Means
    from conversation.identifiers import ContactId, MessageKey
    from conversation.leases import Owner

T = TypeVar("T")

_LEAST_WAIT_S: Final = 0.01
"""Between two looks at the clock, so that a deadline that does not move is no busy loop."""
_TIME_PASSED: Final = TimePassed()
_COURTESY_S: Final = 0.5


class Hub:
    """See the module. All methods belong to the loop's thread."""

    def __init__(
        self,
        loop: Loop,
        means: Means,
        *,
        shards: int,
        room: Callable[[int], Room],
        sweep_s: float,
    ) -> None:
        self._loop = loop
        self._home = partial(shard_of, shards=shards)
        self._room = room
        self._new_dialogue = means.new_dialogue
        self._ledger = means.ledger
        self._strands = means.strands
        self._opening = means.opening
        self._journal = means.journal
        self._now = means.now
        self._lines: dict[ContactId, Line] = {}
        self.shards = Shards(loop, self, means.journal.signals)
        self._relapses = Relapses()
        self._listen: Callable[[Sequence[int]], object] = lambda _: None
        self._tell = self.tell  # one for all lines: each look at a method makes another
        self._performing = Performing(self, means)
        self._rounds = Rounds(
            loop, lambda: self.lines, partial(self.tell, happened=_TIME_PASSED), period_s=sweep_s
        )
        self._crowding = Crowding(loop, means.opening, self._lines, tell=self.tell, soon=self.soon)
        self.others_drain = False
        """Another connector still answers turns of shards that it gave away."""

    def start(self, listen: Callable[[Sequence[int]], object]) -> None:
        """Begin the rounds. ``listen`` is told the shards held, whenever they change."""
        self._listen = listen
        self._rounds.start()

    # -- seen from outside -----------------------------------------------------------------------

    @property
    def lines(self) -> Iterator[Line]:
        """Every contact that is served now."""
        return iter(self._lines.values())

    @property
    def busy(self) -> int:
        """How many turns of given-away shards are still open."""
        return sum(line.leaving and line.busy for line in self._lines.values())

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be done."""
        return not self._lines and not self._strands.pending

    # -- shards (see ``shards.Served``) ------------------------------------------------------------

    def shard_taken(self, owner: Owner) -> None:
        """Begin, with what is unfinished."""
        job = Job(
            work=lambda: self._ledger.pending(owner.shard),
            done=self._found_unfinished,
            failed=partial(self._journal.unread, owner.shard),
            wanted=lambda: self.shards.owner_of(owner.shard) == owner,
        )
        self._strands.submit(f"shard#{owner.shard}", job)

    def shard_given(self, owner: Owner) -> None:
        """Finish the turns that are open, and nothing else."""
        for line in self._of(owner):
            line.leaving = True
            self.tell(line, Wished(Wish.DRAIN))

    def shard_lost(self, owner: Owner) -> None:
        """Write nothing more and close everything."""
        for line in self._of(owner):
            self._drop(line)

    def shards_changed(self) -> None:
        """There are more of them now, or fewer."""
        self._listen(self.shards.held)
        self._opening.door.room = self._room(len(self.shards.held))
        self.let_in()

    def abandon(self) -> None:
        """Let go of every line at once: the process ends."""
        for line in list(self._lines.values()):
            self._drop(line)

    # -- what is asked from outside --------------------------------------------------------------

    def rung(
        self,
        contact_id: ContactId,
        key: MessageKey | None,
        ack: Callable[[bool], object] = lambda _: None,
    ) -> None:
        """A doorbell for a contact of ours. ``ack`` is told once whether it has been heeded."""
        owner = self.shards.owner_of(self._home(contact_id))
        if owner is None:
            ack(False)  # noqa: FBT003 - not heeded
            return
        line = self._lines.get(contact_id)
        if line is None:
            line = self._lines[contact_id] = Line(contact_id, owner, self._new_dialogue(contact_id))
        if line.leaving:  # the last turn under an earlier lease is still open: after it
            self._loop.call_later(_COURTESY_S, self.rung, contact_id, key, ack)
            return
        self._journal.rung(key)
        looks = line.looks
        self.tell(line, Rung(key))
        if line.looks == looks:
            ack(not line.gone)  # it is being served: a read follows by itself
        else:
            line.acks += (ack,)

    def wish(self, contact_id: ContactId, wish: Wish) -> bool:
        """Somebody wants something of a contact's socket. Whether there is one."""
        line = self._lines.get(contact_id)
        if line is None or line.dialogue.session is None:
            return False
        self.tell(line, Wished(wish))
        return True

    def review(self, contact_id: ContactId) -> None:
        """The state was changed by an operator: read it anew."""
        line = self._lines.get(contact_id)
        if line is not None:
            line.touched = False
        self.rung(contact_id, None)

    def key_changed(self) -> None:
        """There is another key: whoever waits without a session is looked at afresh, at once."""
        self._opening.breakers.mended(KEY_REFUSED)
        for line in list(self._lines.values()):
            if line.dialogue.session is None and not line.leaving:
                self._drop(line)
                self.rung(line.contact_id, None)

    # -- telling and doing -----------------------------------------------------------------------

    def tell(self, line: Line, happened: Input) -> None:
        """Something happened on a line: do what its dialogue wants about it."""
        if line.gone:
            return
        now = Moment(self._loop.now(), self._now())
        try:
            for effect in line.dialogue.on(happened, now):
                self._performing.perform(line, effect)
        except Exception as error:  # noqa: BLE001 - a supervisor: one dialogue is not the process
            self._broken(line, error)
            return
        self._settle(line, now.s)

    def soon(self, line: Line, happened: Input) -> None:
        """The same, after what is being done now."""
        self._loop.call_soon(self.tell, line, happened)

    def book(
        self, line: Line, work: Callable[[], T], done: Callable[[T], object] = lambda _: None
    ) -> None:
        """Have the table read or written, after all that this contact asked for before."""
        job = Job(
            work=work,
            done=done,
            failed=partial(self._failed, line),
            wanted=lambda: not line.lost,
        )
        self._strands.submit(line.contact_id, job)

    def look(self, line: Line, look: Look) -> None:
        """Read the contact, and tell the line."""
        courteous, owner, state = self.others_drain, line.owner, line.dialogue.state
        known = Known(state, line.newest) if line.touched and state else None
        self.book(
            line,
            lambda: self._ledger.look(
                line.contact_id, owner, look.oldest, known, whole=look.whole, courteous=courteous
            ),
            partial(self._looked, line, look),
        )

    def let_in(self) -> None:
        """Something was freed: whoever waits at the door comes in, or somebody makes room."""
        self._crowding.let_in()

    # -- inside ----------------------------------------------------------------------------------

    def _of(self, owner: Owner) -> list[Line]:
        return [line for line in self._lines.values() if line.owner == owner]

    def _looked(self, line: Line, look: Look, found: Found | None) -> None:
        if found is None:  # occupied by a connector that is draining
            self._loop.call_later(_COURTESY_S, self.look, line, look)
            return
        self._relapses.cured(line.contact_id)
        line.touched, line.newest = True, found.newest
        line.acknowledge(heeded=True)
        self.tell(line, Looked(found.state, found.messages))

    def _settle(self, line: Line, now_s: float) -> None:
        """After anything was told: the next look at the clock, or the end."""
        if line.finished:
            self._forget(line)
            return
        deadline, timer = line.dialogue.deadline, line.timer
        at = None if deadline is None else max(deadline, now_s + _LEAST_WAIT_S)
        if timer is not None and timer.pending:
            if at is not None and timer.at <= at:
                return  # it comes early then, and is set anew: cheaper than setting it each time
            timer.cancel()
        line.timer = None if at is None else self._loop.call_at(at, self._tell, line, _TIME_PASSED)

    def _forget(self, line: Line) -> None:
        if line.gone:
            return
        line.gone = True
        if self._lines.get(line.contact_id) is line:
            del self._lines[line.contact_id]
        if line.timer is not None:
            line.timer.cancel()
        if line.link is not None:
            line.link.drop()
        line.acknowledge(heeded=False)
        self._opening.left(line)
        self.let_in()

    def _drop(self, line: Line) -> None:
        """Nothing more is written, and the queue rings again for what was not done."""
        line.lost = True
        self._forget(line)

    def _failed(self, line: Line, error: Exception) -> None:
        if isinstance(error, Fenced):
            self._journal.fenced(line)
            self._drop(line)
        else:
            self._broken(line, error)

    def _broken(self, line: Line, error: Exception) -> None:
        """A fault of ours: away with the dialogue, and look at the contact afresh, in a while.

        What it wanted written before is written all the same.
        """
        self._journal.defect(line, error)
        if line.gone:
            return
        self._forget(line)
        wait_s = self._relapses.wait_s(line.contact_id)
        self._loop.call_later(wait_s, self.rung, line.contact_id, None)

    def _found_unfinished(self, oldest: dict[ContactId, MessageKey]) -> None:
        for contact_id, key in oldest.items():
            self.rung(contact_id, key)
