"""Which token a request to Twilio is authorised with, while one token replaces another.

Twilio refuses (401) before it does anything, so that the same request may be made again with
another token: first with the second one that is known, then with what the secret holds by now.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from conversation.errors import HiloError
from conversation.outbox import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conversation.variables import TwilioAccountSettings

RENEW_EVERY_S: Final = 60.0
"""A token that stays wrong costs one look at the secret a minute, not one a message."""


class UnauthorisedError(Rejected):
    """Twilio does not take the credentials. Nothing was done."""


class Credentials:
    """The tokens of one account, the one that was taken last before the others."""

    def __init__(
        self,
        account: TwilioAccountSettings,
        renew: Callable[[], TwilioAccountSettings] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = account.auth_tokens
        self._renew = renew
        self._clock = clock
        self._renewed_at: float | None = None
        self._lock = threading.Lock()

    def tokens(self) -> Iterator[str]:
        """One after another, for as long as each is refused.

        When all that are known were, the account is renewed, and what is new in it follows.
        """
        known = self._tokens
        yield from known
        for token in self._renewed():
            if token not in known:
                yield token

    def taken(self, token: str) -> None:
        """Twilio took this one: it is the first from now on."""
        known = self._tokens
        if known[0] != token:
            self._tokens = (token, *(other for other in known if other != token))

    def _renewed(self) -> tuple[str, ...]:
        with self._lock:
            now = self._clock()
            waited = self._renewed_at is None or now >= self._renewed_at + RENEW_EVERY_S
            if self._renew is not None and waited:
                self._renewed_at = now
                # A secret that cannot be read now changes nothing: Twilio's refusal counts.
                with suppress(HiloError):
                    self._tokens = self._renew().auth_tokens
            return self._tokens
