"""Where a dialogue stands: its parts, and what the hub may know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue.asking import Asking
from connector.dialogue.patience import Patience
from connector.dialogue.reading import Reading
from connector.dialogue.sessions import Sessions

if TYPE_CHECKING:
    from random import Random

    from connector.dialogue.policy import DialoguePolicy
    from connector.dialogue.sessions import Brief
    from connector.dialogue.words import Effect
    from connector.protocol import Dialect
    from connector.session.machine import Session
    from conversation.identifiers import ContactId
    from conversation.state import Gist


class Standing:
    """Changes nothing: that is the dialogue's (``dialogue.machine``)."""

    __slots__ = (
        "_asking", "_draining", "_due_at", "_effects", "_held_until", "_patience", "_policy",
        "_reading", "_sessions", "_settle_at", "contact_id",
    )  # fmt: skip

    def __init__(
        self,
        contact_id: ContactId,
        *,
        policy: DialoguePolicy,
        dialect: Dialect,
        brief: Brief,
        chance: Random,
    ) -> None:
        self.contact_id = contact_id
        self._policy = policy
        self._effects: list[Effect] = []
        self._reading = Reading()
        self._asking = Asking(contact_id, policy)
        self._sessions = Sessions(policy, dialect=dialect, brief=brief, chance=chance)
        self._patience = Patience(policy.notice_after_s)
        self._draining = False
        self._settle_at = 0.0
        self._held_until = 0.0
        self._due_at: float | None = None
        """When something is to be done although nothing happens, beside what the session wants."""

    @property
    def busy(self) -> bool:
        """Whether a turn is open or about to be: what a draining process waits for."""
        return self._asking.turn is not None

    @property
    def restful(self) -> bool:
        """Whether it can be forgotten: nothing open, nothing waiting, no socket."""
        waiting = self._patience.since is not None
        return not (self._sessions.open or self.busy or self._reading.looking or waiting)

    @property
    def session(self) -> Session | None:
        """The present session, from the dial to its end."""
        return self._sessions.current

    @property
    def state(self) -> Gist | None:
        """The state as it was last read."""
        return self._reading.state

    @property
    def deadline(self) -> float | None:
        """When ``TimePassed()`` is due, or never."""
        own, session = self._due_at, self._sessions.current
        theirs = session.deadline if session else None
        return theirs if own is None else own if theirs is None else min(own, theirs)

    @property
    def _empty_handed(self) -> bool:
        """Whether it waits at the door and has let go of what was read: it is read anew then."""
        return self._sessions.opening and self._reading.forgot
