"""What a person writes, as the parameters of Twilio's webhook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.twilio.records import Person
from infra.local.twilio.refusals import Code, RefusalError

FLAGS = ("Forwarded", "FrequentlyForwarded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What was said, by the words of the control API; `raw` is merged over the parameters."""

    body: str = ""
    profile_name: str | None = None
    media: tuple[Mapping[str, str], ...] = ()
    location: Mapping[str, object] | None = None
    contacts: bool = False
    button: Mapping[str, str] | None = None
    choice: Mapping[str, str] | None = None
    reply_to: str | None = None
    forwarded: bool = False
    raw: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def has_media(self) -> bool:
        """Whether its sid begins with MM."""
        return bool(self.media) or self.contacts


def read_saying(document: Mapping[str, object]) -> Saying:
    """A saying from JSON; unknown words are refused, so that a typing error is noticed."""
    words = {name: value for name, value in document.items() if name != "wait"}
    words["media"] = tuple(_list(words.get("media")))
    try:
        return Saying(**words)  # type: ignore[arg-type]  # unknown names raise TypeError
    except TypeError as error:
        raise RefusalError(Code.INVALID_PARAMETER, str(error)) from error


def form_of(
    saying: Saying, *, sid: str, person: Person, account: str, sender: str, media_base: str
) -> dict[str, str]:
    """All parameters, in the spelling of captured requests."""
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": person.profile_name,
        "MessageType": "text",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": saying.body,
        "To": sender,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": account,
        "From": person.address,
        "ExternalUserId": f"whatsapp:{person.bsuid}",
        "ApiVersion": "2010-04-01",
    }
    if not person.hides_number:
        form["WaId"] = person.number.removeprefix("+")
    form |= _kind(saying, sid, media_base)
    form |= _answered(saying, sender)
    if saying.forwarded:
        form |= dict.fromkeys(FLAGS[:1], "true")
    form["ChannelMetadata"] = _metadata(form)
    return _overlaid(form, saying.raw)


def _kind(saying: Saying, sid: str, media_base: str) -> dict[str, str]:
    """What makes a message more than text."""
    if saying.has_media:
        return _media(saying, sid, media_base)
    if saying.location is not None:
        names = ("Latitude", "Longitude", "Address", "Label")
        known = {name: saying.location.get(name.lower()) for name in names}
        words = {name: str(value) for name, value in known.items() if value is not None}
        return {"MessageType": "location", **words}
    if saying.button is not None:
        return _button(saying.button)
    if saying.choice is not None:
        words = {f"List{name.title()}": str(text) for name, text in saying.choice.items()}
        return {"MessageType": "interactive", "Body": saying.choice.get("title", ""), **words}
    return {}


def _media(saying: Saying, sid: str, media_base: str) -> dict[str, str]:
    items = [{"content_type": "text/vcard"}] if saying.contacts else list(saying.media)
    form = {"NumMedia": str(len(items)), "MessageType": _media_type(items[0])}
    for number, item in enumerate(items):
        default = f"{media_base}/Messages/{sid}/Media/ME{sid[2:-2]}{number:02d}"
        form[f"MediaUrl{number}"] = item.get("url", default)
        form[f"MediaContentType{number}"] = item.get("content_type", "image/jpeg")
    return form


def _media_type(item: Mapping[str, str]) -> str:
    content_type = item.get("content_type", "image/jpeg")
    special = {"text/vcard": "contacts", "image/webp": "sticker"}
    family = content_type.partition("/")[0]
    plain = family if family in {"image", "audio", "video"} else "document"
    return special.get(content_type, plain)


def _button(button: Mapping[str, str]) -> dict[str, str]:
    """A tap on a quick reply: its text stands in Body too."""
    text = button.get("text", "")
    form = {"MessageType": "interactive", "Body": text, "ButtonText": text}
    names = {"payload": "ButtonPayload", "type": "ButtonType"}
    return form | {param: button[name] for name, param in names.items() if name in button}


def _answered(saying: Saying, sender: str) -> dict[str, str]:
    if saying.reply_to is None:
        return {}
    return {
        "OriginalRepliedMessageSid": saying.reply_to,
        "OriginalRepliedMessageSender": sender,
    }


def _metadata(form: Mapping[str, str]) -> str:
    names = ("ButtonText", *FLAGS, "ProfileName", "WaId")
    context = {name: form[name] for name in names if name in form}
    metadata = {"type": "whatsapp", "data": {"context": context}}
    return json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))


def _overlaid(form: dict[str, str], raw: Mapping[str, str | None]) -> dict[str, str]:
    """`raw` has the last word; null takes a parameter away."""
    merged = form | {name: str(value) for name, value in raw.items() if value is not None}
    return {name: value for name, value in merged.items() if raw.get(name, value) is not None}


def _list(value: object) -> list[Mapping[str, str]]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]  # type: ignore[list-item]  # JSON
