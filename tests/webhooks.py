"""Requests as Twilio makes and signs them, in the shape in which API Gateway hands them over."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from conversation.adapters.twilio.form import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT_SID = "AC" + "a" * 32
AUTH_TOKEN = "the first token"
SECOND_TOKEN = "the second token"
BASE_URL = "https://hilo.example.com"
SENDER = "whatsapp:+14155238886"
PERSON = "whatsapp:+573138539155"
BSUID = "whatsapp:CO.1234567890abcdef"
INBOUND_PATH = "/twilio/whatsapp"
STATUS_PATH = "/twilio/status"
FORM = "application/x-www-form-urlencoded"


def a_sid() -> str:
    """A sid that no message had before."""
    return f"SM{uuid.uuid4().hex}"


def said(body: str = "hola", **more: str | None) -> dict[str, str]:
    """What Twilio posts of a person's text; ``None`` takes a parameter away."""
    sid = more.pop("MessageSid", None) or a_sid()
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ana",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": "573138539155",
        "SmsStatus": "received",
        "Body": body,
        "To": SENDER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": PERSON,
        "ApiVersion": "2010-04-01",
        **more,
    }
    return {name: value for name, value in form.items() if value is not None}


def reported(status: str, sid: str, **more: str) -> dict[str, str]:
    """What Twilio posts of a message of ours."""
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": SENDER,
        "To": PERSON,
        "ApiVersion": "2010-04-01",
        "MessageStatus": status,
        "SmsStatus": status,
        "ChannelPrefix": "whatsapp",
        **more,
    }


def signature_of(url: str, pairs: list[tuple[str, str]], token: str = AUTH_TOKEN) -> str:
    """What Twilio puts into ``X-Twilio-Signature``, by its own SDK."""
    signature: str = RequestValidator(token).compute_signature(url, Form(pairs))
    return signature


def posted(
    form: Mapping[str, str] | list[tuple[str, str]],
    *,
    path: str = INBOUND_PATH,
    query: str = "",
    token: str = AUTH_TOKEN,
    signature: str | None = None,
    body: bytes | None = None,
    content_type: str = FORM,
    method: str = "POST",
    base_url: str = BASE_URL,
) -> dict[str, Any]:
    """The event of a signed POST. ``body`` and ``signature`` replace what would be right."""
    pairs = form if isinstance(form, list) else list(form.items())
    url = f"{base_url}{path}" + (f"?{query}" if query else "")
    signed = signature_of(url, pairs, token) if signature is None else signature
    raw = urlencode(pairs).encode() if body is None else body
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": content_type, "x-twilio-signature": signed, "host": "evil"},
        "requestContext": {"http": {"method": method, "path": path}},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }
