"""Who sent this webhook: ``ElevenLabs-Signature: t=<unix>,v0=<hex>`` over the raw body.

Source: ElevenLabs, "Post-call webhooks": HMAC-SHA256 of ``<t>.<body>`` with the secret that was
shown when the webhook was made; 30 minutes, in both directions.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

HEADER: Final = "ElevenLabs-Signature"
TOLERANCE: Final = timedelta(minutes=30)
_LONGEST: Final = 1024
_UNIX: Final = re.compile(r"[0-9]{1,15}")
"""More digits are no time of ours, and more than a float takes."""


def verify(header: str, body: bytes, *, secret: str, now: datetime) -> None:
    """Return where ElevenLabs signed ``body`` not long ago; raises ``Refused`` (not_signed)."""
    parts = [part.strip().partition("=") for part in header[:_LONGEST].split(",")]
    told_at = next((value for name, _, value in parts if name == "t"), "")
    given = [value for name, _, value in parts if name == "v0"]
    if not _UNIX.fullmatch(told_at) or not given:
        raise Refused("the request is not signed", reason="not_signed")
    if abs(now.timestamp() - int(told_at)) > TOLERANCE.total_seconds():
        raise Refused("the signature is too old, or from the future", reason="not_signed")
    expected = hmac.new(secret.encode(), f"{told_at}.".encode() + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise Refused("the signature is not ElevenLabs'", reason="not_signed")
