"""What goes into a dialogue and what comes out of it.

What happens on the socket, and what is to be done there, is in the session's own words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from connector.session.words import Hangup, Lost, Opened, Received, Send, TimePassed

if TYPE_CHECKING:
    from datetime import datetime

    from connector.session.closing import Verdict
    from connector.session.policy import SessionPolicy
    from connector.session.words import Oddity
    from conversation.answers import Answer
    from conversation.identifiers import AgentId, MessageKey, SessionId, TurnKey
    from conversation.messages import InboundState, Message, Notice
    from conversation.state import Gist, Status
    from conversation.turns import Counted, Turn


class Moment(NamedTuple):
    """Now, twice: seconds that never go back, for timers, and the time of day, for the table."""

    s: float
    utc: datetime


# What happens.


@dataclass(frozen=True, slots=True)
class Rung:
    """A doorbell. Without a key: look at everything that is unfinished."""

    key: MessageKey | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """The state and the newest messages, as the table has them."""

    state: Gist
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class AskStored:
    """The answer to ``StoreAsk``: done, or refused because something changed meanwhile."""

    done: bool


@dataclass(frozen=True, slots=True)
class MustWait:
    """There is no room yet: ``MayOpen`` or ``MayNotOpen`` comes later, perhaps much later."""


@dataclass(frozen=True, slots=True)
class MayOpen:
    """There is room for a session, and this is what it lives by."""

    policy: SessionPolicy


@dataclass(frozen=True, slots=True)
class MayNotOpen:
    """No session can be opened now; the verdict says what that means."""

    verdict: Verdict


class Wish(StrEnum):
    """What an operator, or the process itself, may ask of a dialogue."""

    CLOSE = "close"
    ROLL_OVER = "roll_over"
    MAKE_ROOM = "make_room"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class Wished:
    """Somebody wants something of the socket."""

    wish: Wish


Input = (
    Rung
    | Looked
    | AskStored
    | MustWait
    | MayOpen
    | MayNotOpen
    | Wished
    | Opened
    | Received
    | Lost
    | TimePassed
)


# What to do about it. The caller carries effects out in their order, and those that touch the
# table strictly one after the other for a contact; each is repeated until it is done or fenced.


@dataclass(frozen=True, slots=True)
class Look:
    """Read the table, back to ``oldest``; the state too. Comes back as ``Looked``.

    ``whole``: a new session is to be told of the call, which was let go.
    """

    oldest: MessageKey | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class WantOpen:
    """Ask for room for a session. Comes back as ``MayOpen`` or ``MayNotOpen``.

    ``eager``: nobody waits for it, so it may be refused at once where slots are short.
    """

    agent_id: AgentId
    eager: bool


@dataclass(frozen=True, slots=True)
class WantNone:
    """The room that was granted is not needed any more: it is somebody else's."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a socket to the agent."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class StoreAsk:
    """Record that the turn is about to be asked. Comes back as ``AskStored``."""

    turn: Turn
    session: SessionId
    known: Counted


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """Commit what the agent said, and ring for it."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class StoreNotice:
    """Commit a sentence of ours, once, and ring for it."""

    about: Message
    notice: Notice


@dataclass(frozen=True, slots=True)
class StoreGivenUp:
    """Fail the turn, with a notice."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class SetAside:
    """End messages that will not be asked."""

    turn: Turn
    state: InboundState
    reason: str
    status: Status | None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class StoreUnsolicited:
    """Keep what the agent said unasked; ``deliver`` it, or only show it."""

    text: str = field(repr=False)
    deliver: bool


@dataclass(frozen=True, slots=True)
class StoreOpened:
    """Record the session."""

    session: SessionId
    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class StoreClosed:
    """Record its end. ``attention`` names why the operators should look, if they should.

    ``quiet``: nobody wrote for so long that no session takes its place.
    """

    verdict: Verdict
    session: SessionId | None
    attention: str | None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ShowTyping:
    """Let the person see that the agent is thinking about the turn."""

    turn: TurnKey


@dataclass(frozen=True, slots=True)
class NoteOdd:
    """Count and log what the server sent and we did not follow."""

    what: Oddity
    name: str


@dataclass(frozen=True, slots=True)
class TurnOver:
    """For the log and the measurements."""

    turn: TurnKey
    answered: bool
    why: str


Effect = (
    Look
    | WantOpen
    | WantNone
    | Dial
    | Send
    | Hangup
    | StoreAsk
    | StoreAnswer
    | StoreNotice
    | StoreGivenUp
    | SetAside
    | StoreUnsolicited
    | StoreOpened
    | StoreClosed
    | ShowTyping
    | NoteOdd
    | TurnOver
)
