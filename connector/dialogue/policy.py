"""The numbers and choices a dialogue lives by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conversation.floods import FloodLimits
from conversation.sitting import SittingLimits
from conversation.variables import OpenPolicy, Unsolicited

if TYPE_CHECKING:
    from conversation.identifiers import AgentId


@dataclass(frozen=True, slots=True)
class DialoguePolicy:
    """All in seconds."""

    default_agent_id: AgentId | None = None
    open_policy: OpenPolicy = OpenPolicy.EAGER
    unsolicited: Unsolicited = Unsolicited.HOLD
    debounce_s: float = 0.3
    notice_after_s: float = 15.0
    """A message that waits this long for a session to be asked in is told about."""
    renew_if_written_s: float = 300.0
    """A session at its end is renewed if the person wrote within this time."""
    backoff_base_s: float = 1.0
    backoff_cap_s: float = 60.0
    configuration_pause_s: float = 600.0
    """After a fault that needs a change of configuration, openings wait at least this long."""
    failures_before_trouble: int = 2
    sitting: SittingLimits = field(default_factory=SittingLimits)
    """How many turns, and for how long, before the person is told goodbye."""
    floods: FloodLimits = field(default_factory=FloodLimits)
    """How many turns in any minute, hour and day, whoever writes."""
    eager_for_s: float = 600.0
    """How long after an opener its session is still worth opening ahead of an answer."""
