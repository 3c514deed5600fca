"""What the use case needs: the groups, the queues that were given up, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.alerts import Alert, Group, Subject
    from conversation.overview import Page
    from conversation.signals import Value


class Book(Protocol):
    """Where events are counted until they are told."""

    def add(self, subject: Subject, count: int, keys: Mapping[str, Value], now: datetime) -> None:
        """``count`` more events of a group, the newest with these keys."""


class Alerts(Protocol):
    """Groups, and the messages made of them."""

    def groups(self) -> list[Group]:
        """Every group."""

    def claim(self, group: Group, alert: Alert) -> bool:
        """Make the message of a group. ``False``: another did."""

    def forget(self, group: Group) -> None:
        """These events are too few and too old."""

    def seen(self, subject: Subject, present: int) -> int | None:
        """Keep how many there are, and return how many there were; ``None``: another keeps it."""

    def told(self, *, limit: int, cursor: str | None = None) -> Page[Alert]:
        """The messages, the newest first."""

    def take_up(self, alert: Alert, now: datetime) -> bool:
        """Claim a message anew that was not sent everywhere. ``False``: another did."""

    def sent(self, alert: Alert, channel: str) -> None:
        """One channel has it."""

    def finish(self, alert: Alert) -> None:
        """Nothing more is to be done about it."""


class DeadLetters(Protocol):
    """The queues of what nobody heeded."""

    def count(self) -> int:
        """About how many there are. Raises ``Transient``."""


class Channel(Protocol):
    """Who is told."""

    @property
    def name(self) -> str:
        """By which it is recorded that they have it."""

    def tell(self, alert: Alert) -> None:
        """Tell them. Raises ``Transient`` (try again) or ``Permanent`` (it will not take it)."""
