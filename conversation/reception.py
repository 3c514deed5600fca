"""Taking in what a person sent: stored once, in one transaction, and rung for.

The webhook brings messages here, and so does the reconciler, which finds at Twilio what the
webhook never got.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from conversation.contacts import contact_id_of
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.inbound import UNREADABLE, Inbound, Verdict, judge
from conversation.keywords import chosen
from conversation.messages import Direction, Kind, Message, Notice, OutboundState, notice_key
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conversation.identifiers import ContactId, MessageKey, MessageSid
    from conversation.signals import Signals
    from conversation.words import Words

_TRIES: Final = 5


class Bells(Protocol):
    """What rings."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a conversation decides how a message is taken in.

    The default is what nearly everyone is; a store refuses where the table knows otherwise, so
    that the common case needs no read.
    """

    opted_out: bool = False
    language: str | None = None
    newest_inbound_at: datetime | None = None
    """Only where it is later than the message in hand: then that brings no time forward."""
    left_elsewhere: bool | None = None
    """Whether the person has left the conversation that began under the other address; ``None``:
    none is known to have begun there, or it does not matter."""

    @property
    def silent(self) -> bool:
        """Whether the person wants no message, under whichever address they said so."""
        return self.opted_out or bool(self.left_elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """All that is stored of one message, together or not at all."""

    sid: MessageSid
    message: Message
    notice: Message | None
    address: str
    phone_number: str | None
    profile_name: str | None
    alias: ContactId | None
    """The contact that the person's other address would make: it points to this one from now."""
    elsewhere: ContactId | None
    """The contact under which a conversation may have begun before the two were known as one."""
    opted_out: bool | None
    """What the person chose; ``None`` leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Stored:
    """It is in the table now."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """It was in the table before, under this key."""

    contact_id: ContactId
    key: MessageKey


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The conversation is not what was expected: read it, and decide again."""


class Store(Protocol):
    """Where messages are kept."""

    def behind(self, alias: ContactId) -> ContactId | None:
        """The contact that ``alias`` points to, if it is an alias."""

    def standing(
        self, contact_id: ContactId, elsewhere: ContactId | None, at: datetime
    ) -> Standing:
        """How the conversation stands, for a message that came at ``at``."""

    def keep(self, arrival: Arrival, standing: Standing) -> Stored | Repeated | Otherwise:
        """Store it where the conversation stands so; raises ``Transient``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """The use case. Raises ``Transient`` where nothing could be stored: it is to be brought again.

    A ring that fails is no error: the sweeper rings for what is stored.
    """

    store: Store
    bells: Bells
    signals: Signals
    words: Words
    opt_out_words: tuple[str, ...]
    opt_in_words: tuple[str, ...]
    pepper: str
    new_key: Callable[[], MessageKey]

    def take(self, inbound: Inbound, now: datetime) -> None:
        """Store ``inbound``, which came at ``now``, unless it is known, and ring."""
        contact_id, elsewhere = self._contacts(inbound)
        choice = chosen(
            inbound.content, inbound.opt_out_type, self.opt_out_words, self.opt_in_words
        )
        key = self.new_key()
        said = choice is not None or inbound.kind in UNREADABLE
        # Only what calls for a sentence of ours needs the person's language.
        standing = self.store.standing(contact_id, elsewhere, now) if said else Standing()
        for _ in range(_TRIES):
            verdict = judge(inbound, choice, opted_out=standing.silent)
            message = _message(inbound, verdict, contact_id, key, now)
            arrival = self._arrival(inbound, verdict, standing, message, elsewhere)
            match self.store.keep(arrival, standing):
                case Stored():
                    return self._stored(arrival)
                case Repeated() as first:
                    return self._repeated(first)
                case Otherwise():
                    standing = self.store.standing(contact_id, elsewhere, now)
                case never:
                    assert_never(never)
        raise Transient("the conversation kept changing", reason="contact_contended")

    def _contacts(self, inbound: Inbound) -> tuple[ContactId, ContactId | None]:
        """Who wrote, and as whom else they may have written.

        A person who hides the number may be known by it already, or may have begun without it.
        """
        contact_id = contact_id_of(inbound.address, self.pepper)
        if inbound.sender.e164 is not None:
            return contact_id, self._alias(inbound)
        behind = self.store.behind(contact_id)
        return (behind, contact_id) if behind else (contact_id, None)

    def _alias(self, inbound: Inbound) -> ContactId | None:
        return contact_id_of(inbound.other.whatsapp, self.pepper) if inbound.other else None

    def _arrival(
        self,
        inbound: Inbound,
        verdict: Verdict,
        standing: Standing,
        message: Message,
        elsewhere: ContactId | None,
    ) -> Arrival:
        left = True if standing.left_elsewhere and not standing.opted_out else None
        return Arrival(
            sid=inbound.sid,
            message=message,
            notice=self._notice(message, verdict.notice, standing.language),
            address=inbound.address,
            phone_number=inbound.sender.e164,
            profile_name=inbound.profile_name,
            alias=self._alias(inbound),
            elsewhere=elsewhere,
            opted_out=left if verdict.opted_out is None else verdict.opted_out,
        )

    def _notice(
        self, about: Message, notice: Notice | None, language: str | None
    ) -> Message | None:
        if notice is None:
            return None
        return Message(
            contact_id=about.contact_id,
            message_key=notice_key(about.message_key, notice),
            conversation_id=about.conversation_id,
            direction=Direction.OUTBOUND,
            kind=Kind.NOTICE,
            content=self.words.notice(notice, language),
            state=OutboundState.PENDING,
            sent_at=about.sent_at,
            reason=notice,
        )

    def _stored(self, arrival: Arrival) -> None:
        message = arrival.message
        self.signals(_STORED_AS[arrival.opted_out], **_named(message))
        if message.unfinished:
            self._ring(BellKind.INBOX, message.contact_id, message.message_key)
        if arrival.notice is not None:
            self._ring(BellKind.OUTBOX, message.contact_id, arrival.notice.message_key)

    def _repeated(self, first: Repeated) -> None:
        """The first may have been stored and its ring lost: who reads decides what is due."""
        self.signals(Signal.MESSAGE_REPEATED, contact_id=first.contact_id, message_key=first.key)
        self._ring(BellKind.INBOX, first.contact_id, first.key)
        self._ring(BellKind.OUTBOX, first.contact_id, first.key)

    def _ring(self, kind: BellKind, contact_id: ContactId, key: MessageKey) -> None:
        try:
            self.bells.ring(Doorbell(kind, contact_id, key))
        except Transient as error:
            self.signals(
                Signal.DOORBELL_FAILED,
                contact_id=contact_id,
                message_key=key,
                queue=kind.value,
                reason=error.reason,
            )


_STORED_AS: Final = {
    None: Signal.MESSAGE_STORED,
    True: Signal.PERSON_OPTED_OUT,
    False: Signal.PERSON_OPTED_IN,
}


def _message(
    inbound: Inbound, verdict: Verdict, contact_id: ContactId, key: MessageKey, now: datetime
) -> Message:
    return Message(
        contact_id=contact_id,
        message_key=key,
        conversation_id=contact_id,
        direction=Direction.INBOUND,
        kind=verdict.kind,
        content=inbound.content,
        state=verdict.state,
        sent_at=now,
        reason=verdict.reason,
        twilio_message_id=inbound.sid,
        media_url=inbound.media_url,
    )


def _named(message: Message) -> dict[str, str | None]:
    return {
        "contact_id": message.contact_id,
        "message_key": message.message_key,
        "kind": message.kind.value,
        "state": message.state.value,
        "sid": message.twilio_message_id,
        "reason": message.reason,
    }
