"""The door: how many sessions may be open, how many may be opening, how fast, and who goes first.

Pure. Each limit is somebody's: sessions the ElevenLabs plan's, handshakes too (each is first
counted as a voice call), sockets this process'. People who are writing go before openers, in the
order in which they came; what nobody waits for is refused at once where it is crowded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connector.pace import Pace
    from conversation.identifiers import ContactId

_SPARE: Final = 10
"""One session in so many is kept free of openings that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is room for."""

    sockets: int
    handshakes: int


def room(
    *, max_connections: int, account_limit: int, handshakes: int, owned: int, shards: int
) -> Room:
    """The limits of a process that owns so many of the shards: the account's are shared by them."""
    share = account_limit * owned // shards if owned else 0
    return Room(min(max_connections, max(share, 1)), handshakes)


class Entry(Enum):
    """The answer of the door."""

    ADMITTED = auto()
    WAITING = auto()
    REFUSED = auto()


class Door:
    """Who is in, who is coming in, and who waits outside."""

    __slots__ = ("_coming", "_inside", "_outside", "_pace", "room")

    def __init__(self, room: Room, pace: Pace | None = None) -> None:
        self.room = room
        self._pace = pace
        self._coming: set[ContactId] = set()
        self._inside: set[ContactId] = set()
        self._outside: dict[ContactId, None] = {}

    @property
    def inside(self) -> int:
        """Sockets that are open or opening."""
        return len(self._inside)

    @property
    def waiting(self) -> int:
        """People who wait for a session."""
        return len(self._outside)

    @property
    def short_by(self) -> int:
        """How many idle sockets should make room for people who wait."""
        return max(0, min(len(self._outside), len(self._inside) - self.room.sockets + 1))

    @property
    def coming(self) -> int:
        """Handshakes under way."""
        return len(self._coming)

    def is_coming(self, contact: ContactId) -> bool:
        """Whether the contact's handshake is under way."""
        return contact in self._coming

    def short(self, now: float) -> bool:
        """Whether the slots are needed for people who write."""
        most = self.room.sockets - self.room.sockets // _SPARE
        held = self._pace is not None and self._pace.held(now)
        return bool(self._outside) or len(self._inside) >= most or held

    def ask(self, contact: ContactId, *, eager: bool, now: float = 0.0) -> Entry:
        """Ask for a session. ``eager``: nobody waits for it."""
        if contact in self._inside:
            return Entry.ADMITTED
        if eager and self.short(now):
            return Entry.REFUSED
        if not self._outside and self._is_free(now):
            self._admit(contact, now)
            return Entry.ADMITTED
        if eager:
            return Entry.REFUSED
        self._outside[contact] = None
        return Entry.WAITING

    def settled(self, contact: ContactId) -> None:
        """The handshake is over, well or not."""
        self._coming.discard(contact)

    def left(self, contact: ContactId) -> None:
        """No socket any more, and none wanted."""
        self._coming.discard(contact)
        self._inside.discard(contact)
        self._outside.pop(contact, None)

    def admit(self, now: float = 0.0) -> list[ContactId]:
        """Let in whom there is room for now: after anything was freed, and at ``next_at``."""
        admitted = []
        while self._outside and self._is_free(now):
            contact = next(iter(self._outside))
            del self._outside[contact]
            self._admit(contact, now)
            admitted.append(contact)
        return admitted

    def next_at(self, now: float) -> float | None:
        """When somebody may come in although nothing is freed: it is only the pace that waits."""
        if not self._outside or self._pace is None or not self._has_room():
            return None
        return self._pace.ready_at(now)

    def _admit(self, contact: ContactId, now: float) -> None:
        self._inside.add(contact)
        self._coming.add(contact)
        if self._pace is not None:
            self._pace.take(now)

    def _is_free(self, now: float) -> bool:
        return self._has_room() and (self._pace is None or self._pace.ready(now))

    def _has_room(self) -> bool:
        full = len(self._inside) >= self.room.sockets
        return not full and len(self._coming) < self.room.handshakes
