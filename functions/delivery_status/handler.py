"""POST /twilio/status: what became of a message that we sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conversation.adapters.gateway import read_request, respond
from conversation.adapters.twilio.refusals import misconfigured, told
from conversation.errors import HiloError, MisconfiguredError
from functions.delivery_status.wiring import application

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer 200 once the report is written; an unknown message is no error."""
    try:
        app = application()
    except MisconfiguredError as error:
        return misconfigured(error)
    try:
        request = read_request(event)
        app.tracker.receive(request.raw_query, app.gate.admit(request), datetime.now(UTC))
    except HiloError as error:
        return told(error, app.signals)
    return respond(200)
