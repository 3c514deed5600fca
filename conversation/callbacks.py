"""Status callbacks: how a message's own name travels to Twilio and back.

Twilio has no idempotency key. What it does is call the address that a message was sent with, query
and all: so our id in that query proves that Twilio took the message, and tells its sid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from conversation.errors import Refused
from conversation.identifiers import ContactId, MessageKey, MessageSid

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH: Final = "/twilio/status"
"""Where Twilio reports, below ``PUBLIC_BASE_URL``."""

_CONTACT: Final = re.compile(r"[A-Z2-7]{26}")
_KEY: Final = re.compile(r"[0-9A-Z]{26}(~\d{3})?")
_CODE: Final = re.compile(r"[0-9]{1,9}")
_SID: Final = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Report:
    """What one callback tells. ``contact_id`` and ``key`` are none for a message not of ours."""

    sid: MessageSid
    status: str
    error_code: int | None
    contact_id: ContactId | None
    key: MessageKey | None


def callback_url(base_url: str, contact_id: ContactId, key: MessageKey) -> str:
    """The ``StatusCallback`` to send a message with."""
    return f"{base_url}{PATH}?{urlencode({'c': contact_id, 'k': key})}"


def read_report(raw_query: str, params: Mapping[str, str]) -> Report:
    """The report in a callback. Raises ``Refused`` (``bad_parameters``) where it is none."""
    sid, status = params.get("MessageSid", ""), params.get("MessageStatus", "")
    if not _SID.fullmatch(sid) or not status:
        raise Refused("this is not the status of a message", reason="bad_parameters")
    query = dict(parse_qsl(raw_query))
    contact, key = query.get("c", ""), query.get("k", "")
    ours = bool(_CONTACT.fullmatch(contact) and _KEY.fullmatch(key))
    code = params.get("ErrorCode", "")
    return Report(
        sid=MessageSid(sid),
        status=status,
        error_code=int(code) if _CODE.fullmatch(code) else None,
        contact_id=ContactId(contact) if ours else None,
        key=MessageKey(key) if ours else None,
    )
