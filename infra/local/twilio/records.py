"""What the stand-in remembers: messages and people."""

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Self

WINDOW_S = 24 * 3600.0
SANDBOX_SESSION_S = 3 * 24 * 3600.0


class Status(StrEnum):
    """Twilio's message states that WhatsApp uses."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    RECEIVED = "received"


# A message only ever moves to a higher rank.
RANKS = {
    Status.ACCEPTED: 0,
    Status.QUEUED: 1,
    Status.SENT: 3,
    Status.FAILED: 4,
    Status.UNDELIVERED: 4,
    Status.DELIVERED: 4,
    Status.READ: 5,
    Status.RECEIVED: 4,
}
UNFINISHED = frozenset({Status.ACCEPTED, Status.QUEUED, Status.SENT})
SEEN = frozenset({Status.DELIVERED, Status.READ, Status.RECEIVED})


class Direction(StrEnum):
    """Who spoke."""

    INBOUND = "inbound"
    OUTBOUND = "outbound-api"
    REPLY = "outbound-reply"


class Document:
    """A record that can be written down as JSON and read back."""

    __slots__ = ()

    def document(self) -> dict[str, object]:
        """The record as JSON can hold it."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # only dataclasses inherit

    @classmethod
    def from_document(cls, document: dict[str, object]) -> Self:
        """The record again; fields that it no longer has are left out."""
        known = {f.name for f in fields(cls)}  # type: ignore[arg-type]  # as above
        return cls(**{key: value for key, value in document.items() if key in known})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Document):
    """One message in either direction; `form` is what a webhook said of an inbound one."""

    sid: str
    person: str
    direction: str
    status: str
    to: str
    created_at: float
    updated_at: float
    from_: str | None = None
    body: str = ""
    sent_at: float | None = None
    error_code: int | None = None
    num_media: int = 0
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    validity_s: int = 36_000
    content_sid: str | None = None
    approved: bool = False
    unmatched: bool = False
    form: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Document):
    """Somebody with a phone. `key` is one for all spellings of the number."""

    key: str
    number: str
    bsuid: str
    profile_name: str = ""
    last_inbound_at: float | None = None
    joined_at: float | None = None
    typing_until: float = 0.0
    open: bool = False
    blocked: bool = False
    on_whatsapp: bool = True
    opted_out: bool = False
    read_receipts: bool = True
    hides_number: bool = False
    fails_with: int | None = None

    def window_is_open(self, now: float) -> bool:
        """Whether free text may reach them: 24 hours from their last message."""
        return self.last_inbound_at is not None and now - self.last_inbound_at < WINDOW_S

    def has_joined(self, now: float) -> bool:
        """Whether their sandbox session is alive."""
        return self.joined_at is not None and now - self.joined_at < SANDBOX_SESSION_S

    @property
    def address(self) -> str:
        """What webhooks call them: the number as they wrote it, or the user id that hides it."""
        return f"whatsapp:{self.bsuid if self.hides_number else self.number}"
