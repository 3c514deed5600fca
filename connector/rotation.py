"""The ElevenLabs key of this moment: looked at again and again, so that a new one needs no restart.

A key that cannot be read, or is gone from the secret, changes nothing: what works goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from connector.strands import Job
from conversation.errors import HiloError
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.loop import Loop
    from connector.strands import Strands
    from conversation.signals import Signals

LOOK_EVERY_S: Final = 60.0
"""Into a cache of five minutes (``values.secrets``): a look seldom costs a request."""
DOUBT_EVERY_S: Final = 30.0
"""A key that is refused is looked up anew, past the cache, but not by each who is refused."""


class ReadKey(Protocol):
    """Reads the key. Blocking; raises a ``HiloError``."""

    def __call__(self, *, fresh: bool) -> str:
        """The key as it is written now; from the cache unless ``fresh``."""


class ApiKey:
    """What is sent to ElevenLabs. Read from any thread, replaced on the loop's."""

    __slots__ = ("now",)

    def __init__(self, key: str) -> None:
        self.now = key

    def __call__(self) -> str:
        """The key."""
        return self.now


class Rotation:
    """Belongs to the loop's thread. ``changed`` is called there, after each change."""

    def __init__(
        self,
        loop: Loop,
        key: ApiKey,
        *,
        read: ReadKey,
        strands: Strands,
        signals: Signals,
        changed: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._key = key
        self._read = read
        self._strands = strands
        self._signals = signals
        self._changed = changed
        self._doubt_from = 0.0

    def start(self) -> None:
        """Look now and then, from now on."""
        self._loop.call_later(LOOK_EVERY_S, self._look_again)

    def doubt(self) -> None:
        """ElevenLabs refused the key: perhaps there is a new one already."""
        if self._loop.now() >= self._doubt_from:
            self._doubt_from = self._loop.now() + DOUBT_EVERY_S
            self._look(fresh=True)

    def _look_again(self) -> None:
        self._look(fresh=False)
        self._loop.call_later(LOOK_EVERY_S, self._look_again)

    def _look(self, *, fresh: bool) -> None:
        job = Job(
            work=lambda: self._read(fresh=fresh),
            done=self._found,
            failed=self._failed,
            wanted=lambda: True,
            patient=False,
        )
        self._strands.submit("key", job)

    def _found(self, key: str) -> None:
        if key != self._key.now:
            self._key.now = key
            self._signals(Signal.KEY_ROTATED)
            self._changed()

    def _failed(self, error: Exception) -> None:
        reason = error.reason if isinstance(error, HiloError) else type(error).__name__
        self._signals(Signal.PROVIDER_FAILED, where="secrets", reason=reason)
