"""Who is at the two ends of a `channel.Connection`: whom it tells, and what brought it about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from connector.closed import Closed


class Listener(Protocol):
    """Who owns the conversation on a connection. Called on the loop's thread alone.

    ``opened`` comes at most once and first, ``closed`` exactly once and last, and neither ever
    inside a call of `Connection`. After ``close`` or ``abort`` no text comes any more.
    """

    def opened(self) -> None:
        """Take note that the upgrade succeeded: from here on `Connection.send` may be called."""

    def text(self, text: str) -> None:
        """Take one whole message. Binary ones come as text too, as the official SDK reads them."""

    def closed(self, closed: Closed) -> None:
        """Take note of the end. Nothing comes afterwards."""


class Attempt(Protocol):
    """A dial under way."""

    def cancel(self) -> None:
        """Free everything and report nothing."""
