"""What the panel's use cases need of the tables, the queue and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from conversation.alerts import Alert
    from conversation.doorbells import Doorbell
    from conversation.findings import Examined
    from conversation.identifiers import CallId, ContactId, MessageKey
    from conversation.leases import Fleet
    from conversation.messages import Message
    from conversation.overview import (
        Audited,
        Command,
        Page,
        Report,
        Row,
        Socket,
        SocketEvent,
    )
    from conversation.state import ConversationState, Status


class Shelf(Protocol):
    """The tables, as the panel reads them: by keys and indexes."""

    def of_status(self, status: Status, *, limit: int, cursor: str | None = None) -> Page[Row]:
        """Conversations of one status, the latest message first."""

    def of_batch(self, batch_id: str, *, limit: int, cursor: str | None = None) -> Page[Row]:
        """The conversations of a batch."""

    def named(self, prefix: str, *, limit: int, cursor: str | None = None) -> Page[ContactId]:
        """Whose name begins so, folded."""

    def count(self, status: Status) -> int:
        """How many have the status, up to a bound."""

    def waiting(self, shards: int, before: datetime, *, limit: int) -> dict[ContactId, datetime]:
        """Who wrote before then and is unanswered."""

    def rows(self, contacts: Iterable[ContactId]) -> list[Row]:
        """These contacts."""

    def last_words(self, rows: Sequence[Row]) -> dict[ContactId, Message]:
        """The last message of each."""

    def state(self, contact_id: ContactId) -> ConversationState | None:
        """The conversation with one contact."""

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""

    def messages(
        self, contact_id: ContactId, *, limit: int, before: MessageKey | None = None
    ) -> list[Message]:
        """The newest messages older than ``before``, oldest first."""

    def events_of(self, contact_id: ContactId, shard: int, since: datetime) -> list[SocketEvent]:
        """What happened on one contact's sockets."""

    def events(self, shard: int, *, limit: int) -> list[SocketEvent]:
        """What happened on a shard's sockets."""

    def sockets(self, shard: int, *, limit: int, cursor: str | None = None) -> Page[Socket]:
        """The open sockets of a shard."""

    def count_sockets(self, shard: int) -> int:
        """How many are open on a shard, up to a bound."""


class Leases(Protocol):
    """Who holds which shard."""

    def read(self, now: datetime) -> Fleet:
        """All leases and workers."""


class Desk(Protocol):
    """What an operator changes."""

    def close(self, contact_id: ContactId) -> bool:
        """Mark the conversation closed."""

    def opt_out(self, contact_id: ContactId) -> bool:
        """Send and ask nothing more for this person."""

    def ask_again(self, messages: Sequence[Message], now: datetime) -> bool:
        """Make failed messages new."""

    def commands(self, target: str, *, limit: int) -> list[Command]:
        """What was asked of the connector lately."""

    def reports(self, target: str) -> list[Report]:
        """What a shard's owner was asked to tell of its sockets, the newest first."""


class Orders(Protocol):
    """What the connector is asked."""

    def ask(self, target: str, at: MessageKey, command: str, asked_by: str, now: datetime) -> None:
        """Store a command."""


class Alerts(Protocol):
    """What operators were told unasked."""

    def told(self, *, limit: int, cursor: str | None = None) -> Page[Alert]:
        """The messages, the newest first."""


class Doctor(Protocol):
    """What ``hilo doctor`` found."""

    def last(self) -> Examined | None:
        """The newest run, if there was one lately."""


class Transcripts(Protocol):
    """Where calls are written down."""

    def transcript(self, call_id: CallId) -> list[tuple[str, str]]:
        """Who said what, in order. Raises ``HiloError``."""


class Audit(Protocol):
    """Who did what."""

    def begin(self, key: MessageKey, who: str, action: str, target: str, now: datetime) -> None:
        """Record it before it is done."""

    def end(self, key: MessageKey, outcome: str, now: datetime) -> None:
        """Record what became of it."""

    def lately(self, now: datetime, *, limit: int) -> list[Audited]:
        """The newest entries."""

    def of(self, target: str, *, limit: int) -> list[Audited]:
        """What was done to one contact."""

    def first_use(self, ticket: str, now: datetime) -> bool:
        """Whether a one-time link is used for the first time."""


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed."""
