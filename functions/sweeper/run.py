"""One run: each net by itself, so that one that tears leaves the others whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.errors import HiloError, Permanent, Transient
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conversation.signals import Signals

    Net = Callable[[datetime, Callable[[], float]], int]

_OUTSIDE: Final = (Transient, Permanent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``nets`` by name, in the order in which they are cast."""

    nets: Mapping[str, Net]
    signals: Signals

    def cast(self, now: datetime, time_left: Callable[[], float]) -> None:
        """Cast each net. Raises the first error, after all of them: the run counts as failed."""
        errors = [
            error
            for name, net in self.nets.items()
            if (error := self._tear(name, net, now, time_left)) is not None
        ]
        if errors:
            raise errors[0]

    def _tear(
        self, name: str, net: Net, now: datetime, time_left: Callable[[], float]
    ) -> HiloError | None:
        try:
            net(now, time_left)
        except HiloError as error:
            signal = Signal.PROVIDER_FAILED if isinstance(error, _OUTSIDE) else Signal.DEFECT_FOUND
            self.signals(signal, reason=error.reason, where=name, error=type(error).__name__)
            return error
        return None
