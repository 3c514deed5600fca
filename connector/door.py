"""The door: how many sessions may be open, how many may be opening, and who goes first.

Pure. Each limit is somebody's: sessions the ElevenLabs plan's, handshakes too (each is first
counted as a voice call), sockets this process'. People who are writing go before openers, in the
order in which they came; what nobody waits for is refused at once where it is crowded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversation.identifiers import ContactId


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

    __slots__ = ("_coming", "_inside", "_outside", "room")

    def __init__(self, room: Room) -> None:
        self.room = room
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

    def ask(self, contact: ContactId, *, eager: bool) -> Entry:
        """Ask for a session. ``eager``: nobody waits for it."""
        if contact in self._inside:
            return Entry.ADMITTED
        if not self._outside and self._is_free():
            self._admit(contact)
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

    def admit(self) -> list[ContactId]:
        """Let in whom there is room for now: to be called after anything was freed."""
        admitted = []
        while self._outside and self._is_free():
            contact = next(iter(self._outside))
            del self._outside[contact]
            self._admit(contact)
            admitted.append(contact)
        return admitted

    def _admit(self, contact: ContactId) -> None:
        self._inside.add(contact)
        self._coming.add(contact)

    def _is_free(self) -> bool:
        full = len(self._inside) >= self.room.sockets
        return not full and len(self._coming) < self.room.handshakes
