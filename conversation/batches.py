"""Batches of calls and lists of calls, as far as one has to look at them to find finished calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.calls import CallDirection, CallState
    from conversation.identifiers import AgentId, CallId

SINGLE_CALLS: Final = "~single"
"""Stands for the batch where a call belongs to none."""


_MADE_BY_ELEVENLABS: Final = re.compile(r"[a-z]+_[0-9a-z]{20,40}")


def tellable(recipient_id: str | None) -> str | None:
    """A recipient's id as it may stand in a log: those that ElevenLabs made.

    Whoever submits a batch may choose ids, and may choose phone numbers. Such a recipient is found
    by the call's id, or in ``batch_calls``.
    """
    made = recipient_id and _MADE_BY_ELEVENLABS.fullmatch(recipient_id)
    return recipient_id if made else None


class Stage(StrEnum):
    """How far the call to one recipient is."""

    MOVING = "moving"
    COMPLETED = "completed"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    CANCELLED = "cancelled"


STAGES: Final[Mapping[str, Stage]] = {
    "completed": Stage.COMPLETED,
    "voicemail": Stage.VOICEMAIL,
    "failed": Stage.FAILED,
    "cancelled": Stage.CANCELLED,
}
"""ElevenLabs' words for an end. Every other one, known or new, says that it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person of a batch. A retried batch gives the same recipient another ``call_id``."""

    recipient_id: str
    stage: Stage
    updated_at: datetime
    number: str | None = None
    call_id: CallId | None = None

    @property
    def timed(self) -> bool:
        """Whether it was told when the row was last changed: else only the call itself tells."""
        return self.updated_at.timestamp() > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as the list of the workspace shows it."""

    batch_id: str
    agent_id: AgentId
    status: str
    finished: bool
    updated_unix: int
    dispatched: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCall:
    """A conversation as the list shows it: neither number nor batch are told there."""

    call_id: CallId
    agent_id: AgentId
    state: CallState
    started_unix: int
    direction: CallDirection | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far we are with a batch, or with the single calls.

    ``updated_unix`` is the batch's last change that was seen to the end (for single calls: when
    the next look begins). While ``undecided`` is not 0 the batch is looked at again.
    """

    updated_unix: int
    undecided: int
    status: str = ""
    reason: str | None = None


class Outcome(StrEnum):
    """What was decided on a call."""

    STARTED = "started"
    NOT_STARTED = "not_started"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome and, where it is not simply a start with its opener, why."""

    outcome: Outcome
    reason: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A decision on one recipient as it was stored."""

    call_id: CallId | None
    outcome: Outcome
    looked_at: datetime

    def settles(self, call_id: CallId | None) -> bool:
        """Whether nothing remains to be decided on this very call."""
        return self.outcome is not Outcome.WAITING and self.call_id == call_id
