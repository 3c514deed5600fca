"""The window: the 24 hours after a person's last message in which free text may be sent.

Source: Twilio, "Key concepts" of the WhatsApp channel; outside of it only an approved template
is delivered, and free text comes back as error 63016.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

WINDOW: Final = timedelta(hours=24)
MARGIN: Final = timedelta(minutes=5)
"""Our clock is not Meta's, and a message travels: we stop this much earlier."""


def closes_at(last_inbound_at: datetime) -> datetime:
    """When we stop sending free text to a person who last wrote at ``last_inbound_at``."""
    return last_inbound_at + WINDOW - MARGIN


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether free text may be sent at ``now``. Closed for a person who never wrote."""
    return last_inbound_at is not None and now < closes_at(last_inbound_at)
