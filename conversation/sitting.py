"""A sitting: what a person and the agent exchange until a new call, or until a day's rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

REST: Final = timedelta(hours=24)
"""After so long without a turn a new sitting begins."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """How far it is. Written by the contact's owner alone, with each turn that is asked."""

    since: datetime
    last: datetime
    turns: int
    version: int
    """The state's ``context_version``: it rises with a new call."""

    def goes_on(self, version: int, now: datetime) -> bool:
        """Whether what is asked now still belongs to it."""
        return self.version == version and now - self.last < REST


@dataclass(frozen=True, slots=True)
class SittingLimits:
    """How much one sitting may take. ``None``: no limit."""

    turns: int | None = None
    seconds: float | None = None

    def reached(self, sitting: Sitting, now: datetime) -> bool:
        """Whether nothing more is asked in it."""
        many = self.turns is not None and sitting.turns >= self.turns
        age_s = (now - sitting.since).total_seconds()
        return many or (self.seconds is not None and age_s >= self.seconds)
