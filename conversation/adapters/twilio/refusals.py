"""How Twilio is told that its request was not taken: once for all who answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.gateway import refuse
from conversation.errors import Defect, HiloError, MisconfiguredError, Refused
from conversation.signals import Signal

if TYPE_CHECKING:
    from conversation.signals import Signals

_STATUS_OF: Final = {
    "bad_method": 405,
    "bad_content_type": 415,
    "not_signed": 403,
    "not_ours": 403,
    "too_large": 403,
}
"""What was signed and still makes no sense is a 400: Twilio repeats no 4xx unless told to."""


def told(error: HiloError, signals: Signals) -> dict[str, Any]:
    """The response for ``error``. A 5xx means: bring it again."""
    match error:
        case Refused():
            signals(Signal.WEBHOOK_REFUSED, reason=error.reason)
            return refuse(_STATUS_OF.get(error.reason, 400), str(error))
        case Defect():
            signals(Signal.DEFECT_FOUND, reason=error.reason, error=type(error).__name__)
            return refuse(500, "a fault of ours: it is in the logs")
        case _:
            signals(Signal.PROVIDER_FAILED, reason=error.reason, where="aws")
            return refuse(503, "not stored: please bring it again")


def misconfigured(error: MisconfiguredError) -> dict[str, Any]:
    """The response of a function whose settings are missing: it names all of them."""
    return refuse(503, str(error))
