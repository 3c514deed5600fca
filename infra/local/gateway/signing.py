"""The providers' part in an event: an example of ``tests/events`` is signed when it is used.

A signature cannot be kept in a file: Twilio's is made with our token over our address, and
ElevenLabs' is good for half an hour.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from conversation.settings import read
from conversation.variables import PublicSettings, TwilioAccountSettings
from infra.local.twilio.signing import sign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    Event = Mapping[str, Any]

UNSIGNED: Final = "signed when it is invoked"
"""Stands in an example where a signature will be. Any other signature is left as it is."""

_TWILIO: Final = "x-twilio-signature"
_ELEVENLABS: Final = "elevenlabs-signature"


def signed(event: Event, values: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """``event`` with its signature by the keys in ``values``, if it wants one.

    What Twilio posts is addressed to our own account and sender, too. Raises
    ``MisconfiguredError`` naming what it takes.
    """
    headers = event.get("headers") or {}
    if headers.get(_TWILIO) == UNSIGNED:
        return _by_twilio(event, values)
    if headers.get(_ELEVENLABS) == UNSIGNED:
        return _by_elevenlabs(event, values.get("ELEVENLABS_WEBHOOK_SECRET", ""), now)
    return dict(event)


def _by_twilio(event: Event, values: Mapping[str, str]) -> dict[str, Any]:
    account = read(TwilioAccountSettings, values)
    base = read(PublicSettings, values).base_url.partition("#")[0].rstrip("/")
    form = dict(parse_qsl(base64.b64decode(event["body"]).decode(), keep_blank_values=True))
    form["AccountSid"] = account.account_sid
    form["From" if "MessageStatus" in form else "To"] = account.sender
    query = event.get("rawQueryString", "")
    url = base + event["rawPath"] + (f"?{query}" if query else "")
    body = base64.b64encode(urlencode(form).encode()).decode()
    return _with(event, _TWILIO, sign(account.auth_token, url, form.items()), body=body)


def _by_elevenlabs(event: Event, secret: str, now: datetime) -> dict[str, Any]:
    at = int(now.timestamp())
    said = f"{at}.{event['body']}".encode()
    digest = hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return _with(event, _ELEVENLABS, f"t={at},v0={digest}")


def _with(event: Event, header: str, signature: str, **more: str) -> dict[str, Any]:
    return {**event, **more, "headers": {**event["headers"], header: signature}}
