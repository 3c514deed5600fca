"""POST /twilio/whatsapp: what people write on WhatsApp."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conversation.adapters.gateway import read_request, respond
from conversation.adapters.twilio.refusals import misconfigured, told
from conversation.errors import HiloError, MisconfiguredError
from functions.twilio_webhook.wiring import application

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer ``200 <Response/>`` once the message is stored, and 5xx where it is not."""
    try:
        app = application()
    except MisconfiguredError as error:
        return misconfigured(error)
    try:
        params = app.gate.admit(read_request(event))
        app.receiver.receive(params, datetime.now(UTC))
    except HiloError as error:
        return told(error, app.signals)
    return respond(200, "<Response/>", "text/xml")
