"""What a person sent, as Twilio tells it, and what is to become of it.

Source: Twilio, "Messaging webhooks" and "WhatsApp key concepts". Parameters that we do not know
are ignored (they are signed all the same): Twilio adds some without notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.addresses import AddressKind, ParsedAddress, parse_address
from conversation.errors import Refused
from conversation.identifiers import MessageSid
from conversation.keywords import OptChoice
from conversation.messages import InboundState, Kind, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

_SID: Final = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST_NAME: Final = 200
_LONGEST_URL: Final = 2000

_BY_CONTENT_TYPE: Final[Mapping[str, Kind]] = {
    "image/webp": Kind.STICKER,
    "text/vcard": Kind.CONTACTS,
    "text/x-vcard": Kind.CONTACTS,
    "text/directory": Kind.CONTACTS,
}
_BY_FAMILY: Final[Mapping[str, Kind]] = {
    "image": Kind.IMAGE,
    "audio": Kind.AUDIO,
    "video": Kind.VIDEO,
}
_BY_MESSAGE_TYPE: Final[Mapping[str, Kind]] = {
    # Undocumented, so no more than a hint where the content type says nothing.
    "image": Kind.IMAGE,
    "audio": Kind.AUDIO,
    "video": Kind.VIDEO,
    "document": Kind.DOCUMENT,
    "sticker": Kind.STICKER,
    "contacts": Kind.CONTACTS,
}
_SAID_IN_TEXT: Final = frozenset({"", "text", "reaction"})
"""Types whose Body is all there is. One of another type without any, such as a form or a picture
whose file Twilio lost, says something that we cannot read; a reaction that is taken back does not.
"""

UNREADABLE: Final = frozenset(
    {
        Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.DOCUMENT, Kind.STICKER, Kind.CONTACTS,
        Kind.MEDIA,
    }
)  # fmt: skip
"""What the agent cannot read: the person is told so, once a message."""

_BUTTON_TEXTS: Final = ("ButtonText", "ListTitle", "ButtonPayload", "ListId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message of a person. ``content`` is its text as it came, blanks and all."""

    sid: MessageSid
    address: str
    """As Twilio gave it."""
    sender: ParsedAddress
    other: ParsedAddress | None
    """The person's business-scoped id, where the message came from the phone number."""
    kind: Kind
    content: str
    media_url: str | None
    profile_name: str | None
    opt_out_type: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of a message: whether the agent is asked, and what we say ourselves."""

    kind: Kind
    state: InboundState
    reason: str | None = None
    notice: Notice | None = None
    opted_out: bool | None = None
    """What the person chose; ``None`` leaves it as it is."""


def read_inbound(params: Mapping[str, str]) -> Inbound:
    """The message in Twilio's parameters.

    Raises ``Refused``: ``bad_address`` where From is none, ``bad_parameters`` where it is no
    message of a person, such as a status callback sent to the wrong address.
    """
    sid = params.get("MessageSid", "")
    if not _SID.fullmatch(sid) or "MessageStatus" in params:
        raise Refused("this is not a message that a person sent", reason="bad_parameters")
    sender = parse_address(params.get("From", ""))
    kind = _kind(params)
    return Inbound(
        sid=MessageSid(sid),
        address=params["From"],
        sender=sender,
        other=_other(sender, params),
        kind=kind,
        content=_content(kind, params),
        media_url=params.get("MediaUrl0", "")[:_LONGEST_URL] or None,
        profile_name=_CONTROL.sub(" ", params.get("ProfileName", "")).strip()[:_LONGEST_NAME]
        or None,
        opt_out_type=params.get("OptOutType") or None,
    )


def judge(inbound: Inbound, choice: OptChoice | None, *, opted_out: bool) -> Verdict:
    """What is to become of ``inbound``, from a person who has opted out or has not.

    BAJA is confirmed once; then there is silence until ALTA, which alone is confirmed again.
    ALTA from someone who never left is a message like any other: there is nothing to come back to.
    """
    done = InboundState.ANSWERED
    if choice is OptChoice.STOP:
        notice = None if opted_out else Notice.OPT_OUT
        return Verdict(Kind.OPT_OUT, done, "opted_out", notice, opted_out=True)
    if choice is OptChoice.START and opted_out:
        return Verdict(Kind.OPT_IN, done, "opted_in", Notice.OPT_IN, opted_out=False)
    if opted_out:
        return Verdict(inbound.kind, done, "opted_out")
    if inbound.kind in UNREADABLE:
        return _unreadable(inbound)
    if not inbound.content.strip():
        return Verdict(inbound.kind, done, "blank")
    return Verdict(inbound.kind, InboundState.NEW)


def _unreadable(inbound: Inbound) -> Verdict:
    """A caption is text like any other; the picture itself gets its sentence."""
    if inbound.content.strip():
        return Verdict(inbound.kind, InboundState.NEW, None, Notice.MEDIA)
    return Verdict(inbound.kind, InboundState.ANSWERED, "media", Notice.MEDIA)


def _other(sender: ParsedAddress, params: Mapping[str, str]) -> ParsedAddress | None:
    """The second address of a person who wrote from a phone number, if it is one."""
    raw = params.get("ExternalUserId", "")
    if sender.kind is not AddressKind.PHONE or not raw:
        return None
    try:
        other = parse_address(raw)
    except Refused:  # a hint that we cannot read costs nobody their message
        return None
    return other if other.kind is AddressKind.BSUID else None


def _kind(params: Mapping[str, str]) -> Kind:
    if params.get("NumMedia", "0") not in {"", "0"} or params.get("MediaUrl0"):
        return _media_kind(params)
    if params.get("Latitude") and params.get("Longitude"):
        return Kind.LOCATION
    if any(params.get(name) for name in _BUTTON_TEXTS):
        return Kind.BUTTON
    hint = params.get("MessageType", "").lower()
    if hint == "contacts":
        return Kind.CONTACTS
    if hint in _SAID_IN_TEXT or params.get("Body", "").strip():
        return Kind.MESSAGE
    return _BY_MESSAGE_TYPE.get(hint, Kind.MEDIA)


def _media_kind(params: Mapping[str, str]) -> Kind:
    content_type = params.get("MediaContentType0", "").partition(";")[0].strip().lower()
    hint = _BY_MESSAGE_TYPE.get(params.get("MessageType", "").lower())
    if not content_type:
        return hint or Kind.MEDIA
    family = content_type.partition("/")[0]
    return _BY_CONTENT_TYPE.get(content_type) or _BY_FAMILY.get(family) or Kind.DOCUMENT


def _content(kind: Kind, params: Mapping[str, str]) -> str:
    body = params.get("Body", "")
    if kind is Kind.LOCATION:
        return "\n".join(part for part in (body, _place(params)) if part.strip())
    if kind is Kind.BUTTON and not body.strip():
        return next((params[name] for name in _BUTTON_TEXTS if params.get(name)), body)
    return body


def _place(params: Mapping[str, str]) -> str:
    """A shared location in words: what it is called, where it is, and its coordinates."""
    named = ", ".join(params[name] for name in ("Label", "Address") if params.get(name))
    coordinates = f"{params['Latitude']}, {params['Longitude']}"
    return f"{named} ({coordinates})" if named else coordinates
