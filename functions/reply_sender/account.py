"""The account at Twilio, as this process last met it.

While Twilio refuses the account, nobody's message goes out: to try each person's would be a request
a person and minute. One is the probe for all, and what it meets decides. In memory, a process: a
row that all read before each send would be one more call for everybody, for an error of ours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

PROBED_AGAIN: Final = timedelta(seconds=50)
"""Less than a minute: each round of the sweeper's rings brings a probe."""


class Account:
    """Whether Twilio takes anything of ours."""

    def __init__(self) -> None:
        self._probe_at: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        """Whether to leave it alone. Who is told ``False`` while it is refused is the probe."""
        if self._probe_at is None:
            return False
        if now < self._probe_at:
            return True
        self._probe_at = now + PROBED_AGAIN
        return False

    def refused(self, now: datetime) -> None:
        """Twilio takes nothing until someone mends the account."""
        self._probe_at = now + PROBED_AGAIN

    def took(self) -> None:
        """It takes messages."""
        self._probe_at = None
