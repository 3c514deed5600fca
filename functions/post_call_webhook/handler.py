"""POST /elevenlabs/post-call: a call ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.gateway import read_request, refuse, respond
from conversation.errors import MisconfiguredError, Refused, Transient
from conversation.signals import Signal
from functions.post_call_webhook.continue_call import PATH
from functions.post_call_webhook.wiring import application

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""What API Gateway lets through: a call's sound may fill it, and is dropped after its signature."""

_STATUS: Final[Mapping[str, int]] = {"bad_method": 405, "not_signed": 403, "too_large": 413}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer 200 to all that ElevenLabs signed, once it is settled; 503 asks it to come again."""
    try:
        app = application()
    except MisconfiguredError as error:
        return refuse(503, str(error))
    try:
        app.post_call.take(read_request(event, max_body_bytes=MAX_BODY_BYTES), datetime.now(UTC))
    except Transient as error:
        app.signals(Signal.PROVIDER_FAILED, where=PATH, reason=error.reason)
        return refuse(503, "not stored: please bring it again")
    except Refused as error:
        app.signals(Signal.WEBHOOK_REFUSED, where=PATH, reason=error.reason)
        return refuse(_STATUS.get(error.reason, 400), str(error))
    return respond(200)
