"""What goes into a session and what comes out of it.

Inputs are in the imperative where someone wants something, in the past tense where something
happened. Effects are commands to the caller, to be carried out in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.protocol import EventId, ServerEvent
    from connector.session.closing import Verdict
    from conversation.identifiers import SessionId, TurnKey


class State(StrEnum):
    """Where a session is in its life."""

    DIALING = "dialing"
    """The socket is not open yet."""
    INITIATING = "initiating"
    """The initiation is sent, the metadata awaited."""
    SETTLING = "settling"
    """Known to the server; its greeting may come."""
    READY = "ready"
    """Owes nothing: a turn may be asked."""
    ASKED = "asked"
    """Owes the answer to the open turn."""
    ANSWERING = "answering"
    """Has answered the open turn; more may come."""
    LEAVING = "leaving"
    """The agent hung up, or the server announced an error: it should close now."""
    CLOSING = "closing"
    """We closed; waiting for the socket to be gone."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Opened:
    """The upgrade is done: frames can be sent."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame came."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Ask:
    """Give the agent a turn: only while ``can_ask(now)``, and only after it was stored as ASKED."""

    turn: TurnKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether another message waits behind the open turn."""

    another: bool


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The deadline came, or the clock was looked at for any other reason."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The socket is gone, or was never opened. The last input that a session needs.

    ``code`` and ``reason`` are the close frame's, if there was one; ``http_status`` and
    ``retry_after_s`` those of a refused upgrade.
    """

    code: int | None = None
    reason: str = field(default="", repr=False)
    http_status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class CloseWanted:
    """Close now. ``reason`` is a slug of the caller's; an open turn is given back to it."""

    reason: str


Input = Opened | Received | Ask | Waiting | TimePassed | Lost | CloseWanted


class Unanswered(StrEnum):
    """Why a turn is given back."""

    DEADLINE = "deadline"
    EMPTY = "empty"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Send:
    """Write this frame to the socket."""

    frame: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """Turns can be asked. Once in a session's life."""

    session_id: SessionId


@dataclass(frozen=True, slots=True)
class Say:
    """A text of the agent for this turn: commit it at once.

    With ``interim`` the agent is known to be still at work: the turn's messages stay ASKED. May
    come after the turn has ended, and while another is open: it still belongs to ``turn``.
    """

    turn: TurnKey
    text: str = field(repr=False)
    event_id: EventId | None
    interim: bool = False


@dataclass(frozen=True, slots=True)
class AnswerSlow:
    """No text yet: the waiting notice is due. Once a turn."""

    turn: TurnKey


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The next turn may be asked. ``answered=False``: the agent hung up without a word to it."""

    turn: TurnKey
    answered: bool


@dataclass(frozen=True, slots=True)
class TurnUnanswered:
    """The turn is to be asked again in a fresh session; this one asks nothing any more."""

    turn: TurnKey
    why: Unanswered


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A text of the agent that answers nothing."""

    text: str = field(repr=False)
    event_id: EventId | None


class Oddity(StrEnum):
    """What a server sends and we do not follow."""

    UNKNOWN_FRAME = "unknown_frame"
    MALFORMED_FRAME = "malformed_frame"
    TOOL_REFUSED = "tool_refused"


@dataclass(frozen=True, slots=True)
class Odd:
    """For the operators: the type of the frame, the place of its fault, or the name of the tool."""

    what: Oddity
    name: str


@dataclass(frozen=True, slots=True)
class Expiring:
    """Too little is left of the server's maximum for another turn: renew or close. Once."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """Close the socket (or stop dialing), and report ``Lost`` once it is gone."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Over, exactly once: the session does nothing more."""

    verdict: Verdict


Effect = (
    Send
    | Ready
    | Say
    | AnswerSlow
    | TurnEnded
    | TurnUnanswered
    | Unsolicited
    | Odd
    | Expiring
    | Hangup
    | Ended
)
