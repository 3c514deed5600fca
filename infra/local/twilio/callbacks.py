"""Status callbacks: what Twilio tells about a message on its way."""

import re
from urllib.parse import urlsplit

from infra.local.twilio.addresses import bare, masked
from infra.local.twilio.config import Config
from infra.local.twilio.records import Message, Person, Status
from infra.local.twilio.refusals import Code, RefusalError, reason_of

HOST = re.compile(r"(?!-)[A-Za-z0-9.-]+")
EVENTS = {Status.DELIVERED: "DELIVERED", Status.READ: "READ"}


def check_callback(url: str) -> None:
    """A status callback needs http(s) and a host name without underscores: 21609 otherwise."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and HOST.fullmatch(parts.hostname or "")
    except ValueError:
        good = None
    if not good:
        raise RefusalError(Code.BAD_CALLBACK, url)


def callback_form(message: Message, status: str, person: Person, config: Config) -> dict[str, str]:
    """The parameters of one status, as captured; there is no sequence number and no time."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": config.account_sid,
        "From": message.from_ or config.sender,
        "To": message.to,
        "ApiVersion": "2010-04-01",
        "MessageStatus": status,
        "SmsStatus": status,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": masked(bare(message.to)),
        "ChannelInstallSid": install_sid(config),
        "StructuredMessage": "false",
        "ExternalUserId": f"whatsapp:{person.bsuid}",
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if status in EVENTS:
        form["EventType"] = EVENTS[Status(status)]
    if status in {Status.FAILED, Status.UNDELIVERED} and message.error_code:
        form |= _error(message.error_code)
    return form


def install_sid(config: Config) -> str:
    """The sender's own sid, stable for an account."""
    return f"XE{config.account_sid[2:]}"


def _error(code: int) -> dict[str, str]:
    reason = reason_of(code)
    return {"ErrorCode": str(code), "ErrorMessage": reason, "ChannelStatusMessage": reason}
