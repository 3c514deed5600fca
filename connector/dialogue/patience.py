"""A person who waits: since when, and what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.dialogue.words import StoreNotice
from conversation.messages import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.dialogue.openings import Openings
    from conversation.identifiers import MessageKey
    from conversation.messages import Message


class Patience:
    """One notice about a message at most; the table holds that too, over all owners."""

    __slots__ = ("_notice_after_s", "_told", "since")

    def __init__(self, notice_after_s: float) -> None:
        self._notice_after_s = notice_after_s
        self._told: MessageKey | None = None
        self.since: float | None = None

    @property
    def due(self) -> float | None:
        """When the person should be told, if anyone waits."""
        return None if self.since is None else self.since + self._notice_after_s

    def begins(self, now_s: float) -> None:
        """Somebody waits, perhaps since earlier."""
        self.since = now_s if self.since is None else self.since

    def ends(self) -> None:
        """Nobody waits."""
        self.since = None

    def tell(self, about: Message, openings: Openings, now_s: float) -> Iterator[StoreNotice]:
        """The notice that is due about the oldest message that waits for a session."""
        long = self.due is not None and now_s >= self.due
        if about.message_key == self._told or not (long or openings.troubled):
            return
        self._told = about.message_key
        failing = openings.failures or openings.misconfigured
        yield StoreNotice(about, Notice.TROUBLE if failing else Notice.WAITING)
