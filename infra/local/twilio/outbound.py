"""What a request to send a message asks for, with Twilio's immediate refusals."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.local.twilio import addresses
from infra.local.twilio.addresses import CHANNEL
from infra.local.twilio.callbacks import check_callback
from infra.local.twilio.config import Config
from infra.local.twilio.records import Direction, Message, Person, Status
from infra.local.twilio.refusals import Code, RefusalError
from infra.local.twilio.templates import Template, read_variables

BODY_LIMIT = 1600
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
VALIDITY = range(1, 36_001)

Form = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Text:
    """What will be read, and whether it is an approved template with all its values."""

    body: str
    content_sid: str | None = None
    approved: bool = False
    unmatched: bool = False


def accept(
    form: Form,
    *,
    config: Config,
    person_at: Callable[[str], Person],
    template: Callable[[str], Template | None],
    sid: str,
    now: float,
) -> Message:
    """The message as Twilio would accept it; raises the refusal it would answer."""
    to, validity_s = _recipient(form), _validity(form)
    sender, service = _sender(form, config)
    text = _text(form, template)
    callback = _one(form, "StatusCallback")
    if callback:
        check_callback(callback)
    person = person_at(to)
    if person.opted_out:
        raise RefusalError(Code.OPTED_OUT)
    status = Status.ACCEPTED if service else Status.QUEUED
    return Message(
        sid=sid,
        person=person.key,
        direction=Direction.OUTBOUND,
        status=status,
        # Twilio names the sender of a messaging service only once it has chosen one.
        from_=None if service else sender,
        to=to,
        body=text.body,
        created_at=now,
        updated_at=now,
        num_media=min(len(form.get("MediaUrl", [])), 1),
        messaging_service_sid=service,
        status_callback=callback or None,
        validity_s=validity_s,
        content_sid=text.content_sid,
        approved=text.approved,
        unmatched=text.unmatched,
        times={status: now},
    )


def length_of(body: str) -> int:
    """Characters as Twilio may count them: an emoji outside the first plane is two."""
    return len(body.encode("utf-16-le")) // 2


def _recipient(form: Form) -> str:
    to = _one(form, "To")
    if not to:
        raise RefusalError(Code.NO_TO)
    if not to.startswith(CHANNEL):
        raise RefusalError(Code.CHANNELS_DIFFER if addresses.is_valid(to) else Code.INVALID_TO, to)
    name = to.removeprefix(CHANNEL)
    if not addresses.is_valid(name):
        raise RefusalError(Code.INVALID_TO, to)
    return to


def _sender(form: Form, config: Config) -> tuple[str, str | None]:
    service = _one(form, "MessagingServiceSid")
    if service:
        if not SERVICE.fullmatch(service) or service not in config.messaging_services:
            raise RefusalError(Code.NO_SERVICE, service)
        return config.sender, service
    sender = _one(form, "From")
    if not sender:
        raise RefusalError(Code.NO_FROM)
    if sender != config.sender:
        raise RefusalError(Code.WRONG_SENDER)
    return sender, None


def _text(form: Form, template: Callable[[str], Template | None]) -> Text:
    content_sid, variables = _one(form, "ContentSid"), _one(form, "ContentVariables")
    if content_sid:
        return _rendered(template(content_sid), variables)
    if variables:
        raise RefusalError(Code.CONTENT_NEEDED)
    body = _one(form, "Body") or ""
    if not body.strip() and not form.get("MediaUrl"):
        raise RefusalError(Code.NOTHING_TO_SAY)
    if length_of(body) > BODY_LIMIT:
        raise RefusalError(Code.BODY_TOO_LONG)
    return Text(body)


def _rendered(template: Template | None, variables: str | None) -> Text:
    values = read_variables(variables)
    if template is None:
        raise RefusalError(Code.BAD_CONTENT)
    return Text(
        body=template.render(values),
        content_sid=template.sid,
        approved=template.status == "approved",
        unmatched=template.placeholders != frozenset(values),
    )


def _validity(form: Form) -> int:
    text = _one(form, "ValidityPeriod") or str(VALIDITY[-1])
    if not text.isdecimal() or int(text) not in VALIDITY:
        raise RefusalError(Code.INVALID_PARAMETER, "ValidityPeriod")
    return int(text)


def _one(form: Form, name: str) -> str | None:
    values = form.get(name)
    return values[-1] if values else None
