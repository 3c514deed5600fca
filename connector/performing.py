"""What a dialogue wants, done: the table through the ledger, the socket through its link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from connector.dialogue import words
from connector.session.words import Hangup, Lost, Send
from connector.unsolicited import Unsolicited

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connector.dialogue.machine import Dialogue
    from connector.dialogue.words import Effect, Input, Look
    from connector.journal import Journal
    from connector.ledger import Ledger
    from connector.line import Line
    from connector.opening import Opening
    from connector.strands import Strands
    from conversation.identifiers import ContactId, TurnKey

T = TypeVar("T")


class Hub(Protocol):
    """What the hub does for us."""

    def tell(self, line: Line, happened: Input) -> None:
        """Something happened on a line."""

    def soon(self, line: Line, happened: Input) -> None:
        """The same, after what is being done now."""

    def book(self, line: Line, work: Callable[[], T], done: Callable[[T], object] = ...) -> None:
        """Have the table read or written, in the line's order."""

    def look(self, line: Line, look: Look) -> None:
        """Read the contact."""

    def let_in(self) -> None:
        """Something was freed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """By what the wants of dialogues are carried out."""

    new_dialogue: Callable[[ContactId], Dialogue]
    ledger: Ledger
    strands: Strands
    opening: Opening
    journal: Journal
    now: Callable[[], datetime]
    new_key: Callable[[], TurnKey]
    aside: Callable[[Callable[[], object]], object]
    """Does what may be lost, off the loop."""


class Performing:
    """Belongs to the loop's thread. Nothing is told to a dialogue inside ``perform``."""

    def __init__(self, hub: Hub, means: Means) -> None:
        self._hub = hub
        self._tell = hub.tell  # one for all links: each look at a method makes another
        self._ledger = means.ledger
        self._opening = means.opening
        self._journal = means.journal
        self._new_key = means.new_key
        self._aside = means.aside

    def perform(self, line: Line, effect: Effect) -> None:
        """Do it, or have it done in the line's order."""
        self.DEEDS[type(effect)](self, line, effect)

    def _look(self, line: Line, look: words.Look) -> None:
        line.looks += 1
        self._hub.look(line, look)

    # -- the socket ------------------------------------------------------------------------------

    def _want(self, line: Line, want: words.WantOpen) -> None:
        self._opening.want(line, want.agent_id, self._hub.soon, eager=want.eager)
        self._hub.let_in()

    def _want_none(self, line: Line, _: words.WantNone) -> None:
        self._opening.left(line)
        self._hub.let_in()

    def _dial(self, line: Line, dial: words.Dial) -> None:
        self._opening.dial(line, dial.agent_id, self._tell)

    def _send(self, line: Line, send: Send) -> None:
        if line.link is not None:
            line.link.send(send.frame)

    def _hang_up(self, line: Line, hangup: Hangup) -> None:
        if line.link is None or not line.link.close(hangup.code, hangup.reason):
            self._hub.soon(line, Lost())

    def _store_opened(self, line: Line, opened: words.StoreOpened) -> None:
        self._opening.opened(line)
        self._journal.opened(line, opened.session)
        owner = line.owner
        self._hub.book(
            line,
            lambda: self._ledger.opened(line.contact_id, owner, opened.session, opened.agent_id),
        )
        self._hub.let_in()

    def _store_closed(self, line: Line, closed: words.StoreClosed) -> None:
        owner, link = line.owner, line.link
        if link is not None:
            self._journal.closed(line, closed.verdict, closed.session)
            self._opening.ended(line, closed.verdict)
            link.drop()
            line.link = None
        self._opening.left(line)
        if closed.session is not None:
            self._hub.book(
                line,
                lambda: self._ledger.closed(line.contact_id, owner),
                lambda said: self._journal.rested(line, said) if closed.quiet else None,
            )
        reason = closed.attention
        if reason is not None:
            self._hub.book(
                line, lambda: self._ledger.needs_attention(line.contact_id, owner, reason)
            )
        self._hub.let_in()

    # -- turns -----------------------------------------------------------------------------------

    def _store_ask(self, line: Line, ask: words.StoreAsk) -> None:
        owner = line.owner
        self._hub.book(line, lambda: self._ledger.ask(ask, owner), partial(self._ask_stored, line))

    def _ask_stored(self, line: Line, done: bool) -> None:  # noqa: FBT001 - a result handed on
        if not done:
            line.touched = False
        self._hub.tell(line, words.AskStored(done))

    def _asked(self, line: Line, asked: words.ShowTyping) -> None:
        self._journal.asked(line, asked.turn)
        self._aside(lambda: self._ledger.show_typing(line.contact_id, asked.turn))

    def _store_answer(self, line: Line, said: words.StoreAnswer) -> None:
        owner, answer = line.owner, said.answer
        self._journal.answered(line, answer)
        self._hub.book(
            line,
            lambda: self._ledger.answer(answer, owner),
            lambda parts: self._journal.answer_stored(line, answer, parts),
        )

    def _give_up(self, line: Line, given_up: words.StoreGivenUp) -> None:
        owner, language, turn = line.owner, line.language, given_up.turn
        self._hub.book(
            line,
            lambda: self._ledger.give_up(turn, language, owner),
            lambda _: self._journal.given_up(line, turn),
        )

    def _set_aside(self, line: Line, aside: words.SetAside) -> None:
        owner, language = line.owner, line.language
        self._hub.book(
            line,
            lambda: self._ledger.set_aside(aside, language, owner),
            lambda _: self._journal.expired(line, aside.turn, aside.reason),
        )

    def _turn_over(self, line: Line, over: words.TurnOver) -> None:
        self._journal.turn_over(line, over.turn, answered=over.answered, why=over.why)
        self._hub.let_in()  # its socket is idle now, and may make room

    # -- what else is said -----------------------------------------------------------------------

    def _note(self, line: Line, odd: words.NoteOdd) -> None:
        self._journal.oddities.note(line, odd.what, odd.name)

    def _store_notice(self, line: Line, said: words.StoreNotice) -> None:
        owner, language, notice = line.owner, line.language, said.notice
        self._hub.book(
            line,
            lambda: self._ledger.notice(said.about, notice, language, owner),
            lambda new: self._journal.notice_stored(line, notice, new=new),
        )

    def _store_unsolicited(self, line: Line, said: words.StoreUnsolicited) -> None:
        self._journal.unsolicited(line, deliver=said.deliver)
        owner = line.owner
        kept = Unsolicited(
            contact_id=line.contact_id,
            key=self._new_key(),
            text=said.text,
            deliver=said.deliver,
            session=line.session_id,
        )
        self._hub.book(line, lambda: self._ledger.unsolicited(kept, owner))

    DEEDS: ClassVar[dict[type[Effect], Callable[[Performing, Line, Any], object]]] = {
        words.Look: _look,
        words.WantOpen: _want,
        words.WantNone: _want_none,
        words.Dial: _dial,
        Send: _send,
        Hangup: _hang_up,
        words.StoreAsk: _store_ask,
        words.StoreAnswer: _store_answer,
        words.StoreNotice: _store_notice,
        words.StoreGivenUp: _give_up,
        words.SetAside: _set_aside,
        words.StoreUnsolicited: _store_unsolicited,
        words.StoreOpened: _store_opened,
        words.StoreClosed: _store_closed,
        words.ShowTyping: _asked,
        words.NoteOdd: _note,
        words.TurnOver: _turn_over,
    }
    """What is done for each want."""
