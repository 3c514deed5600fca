"""One contact that this process serves: its dialogue, its socket, and what is owed for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.dialogue.machine import Dialogue
    from connector.link import Link
    from connector.loop import Timer
    from conversation.identifiers import AgentId, ContactId, MessageKey, SessionId
    from conversation.leases import Owner


@dataclass(slots=True, eq=False)
class Line:
    """Owned by the hub, on the loop's thread."""

    contact_id: ContactId
    owner: Owner
    dialogue: Dialogue
    link: Link | None = None
    timer: Timer | None = None
    touched: bool = False
    """The table is known to have the contact as ours, with the state that the dialogue has."""
    newest: MessageKey | None = None
    """The newest message when it was last read."""
    wants: AgentId | None = None
    """The agent of the session that it waits for at the door."""
    acks: tuple[Callable[[bool], object], ...] = ()
    """Who is to be told whether the look under way was done."""
    closed_for: str | None = None
    """Why its session before the present one ended; ``None``: it had none here."""
    sessions: int = 0
    """How many it had here."""
    looks: int = 0
    leaving: bool = False
    """Its shard was given away: it only finishes the turn that is open."""
    gone: bool = False
    """Nothing is told to it any more."""
    lost: bool = False
    """Another connector owns the contact: nothing more is written."""

    @property
    def busy(self) -> bool:
        """Whether a turn is open."""
        return self.dialogue.busy

    @property
    def finished(self) -> bool:
        """Whether it can be forgotten."""
        if self.leaving:
            return not self.dialogue.busy and self.dialogue.session is None
        return self.dialogue.restful

    @property
    def session_id(self) -> SessionId | None:
        """The session's id, once the server gave it."""
        return self.dialogue.session.session_id if self.dialogue.session else None

    @property
    def language(self) -> str | None:
        """The person's, as far as it is known."""
        return self.dialogue.state.language if self.dialogue.state else None

    def acknowledge(self, *, heeded: bool) -> None:
        """Tell whoever rang whether the look that they asked for has been done."""
        acks, self.acks = self.acks, ()
        for ack in acks:
            ack(heeded)
