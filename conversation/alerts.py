"""What operators are told unasked: which events call for it, and when a group of them is told.

Events of one topic and subject are one group. A group is told once it is quiet, or has lasted for a
minute; what comes within the next quarter of an hour is told together after it. So a storm is one
message, however many processes saw it. Pure: the groups are kept in a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.faults import TWILIO_ERRORS, Remedy
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from conversation.signals import Value

QUIET: Final = timedelta(seconds=10)
"""Without another event for so long, a group is over."""

LONGEST: Final = timedelta(seconds=60)
"""A group that goes on is told after so long, as it stands."""

AGAIN: Final = timedelta(minutes=15)
"""What follows a message of the same group is told so long after it, together."""


class Topic(StrEnum):
    """What a message is about."""

    DROPS = "drops"
    LATE_ANSWERS = "late_answers"
    GIVEN_UP = "given_up"
    BREAKER_OPEN = "breaker_open"
    DEAD_LETTERS = "dead_letters"
    NEEDS_TEMPLATE = "needs_template"
    CONFIGURATION = "configuration"
    REPLIES_FAILED = "replies_failed"
    DEFECTS = "defects"


@dataclass(frozen=True, slots=True)
class Rule:
    """From how many events within which time a group is told, and what explains it."""

    page: str
    """In the panel."""
    threshold: int = 1
    within: timedelta = timedelta(minutes=5)


RULES: Final[Mapping[Topic, Rule]] = {
    Topic.DROPS: Rule("/panel/sockets", threshold=5),
    Topic.LATE_ANSWERS: Rule("/panel/conversations?tab=late"),
    Topic.GIVEN_UP: Rule("/panel/conversations?tab=needs_attention"),
    Topic.BREAKER_OPEN: Rule("/panel/sockets"),
    Topic.DEAD_LETTERS: Rule("/panel/dead-letters"),
    Topic.NEEDS_TEMPLATE: Rule("/panel/conversations?tab=needs_attention"),
    Topic.CONFIGURATION: Rule("/panel/health"),
    Topic.REPLIES_FAILED: Rule("/panel/dead-letters", threshold=5),
    Topic.DEFECTS: Rule("/panel/health"),
}
EACH_DROP: Final = Rule("/panel/sockets")
"""``NOTIFY_DROPS=each``: one dropped connection is enough."""

TOPICS: Final[Mapping[Signal, Topic]] = {
    Signal.SOCKET_LOST: Topic.DROPS,
    Signal.ANSWER_SLOW: Topic.LATE_ANSWERS,
    Signal.TURN_GIVEN_UP: Topic.GIVEN_UP,
    Signal.BREAKER_OPENED: Topic.BREAKER_OPEN,
    Signal.OPENER_NEEDS_TEMPLATE: Topic.NEEDS_TEMPLATE,
    Signal.AGENT_MISCONFIGURED: Topic.CONFIGURATION,
    Signal.REPLY_FAILED: Topic.CONFIGURATION,
    Signal.SENDING_BLOCKED: Topic.CONFIGURATION,
    Signal.DEFECT_FOUND: Topic.DEFECTS,
}
_MENDED_BY_US: Final = frozenset({Remedy.ALARM, Remedy.HOLD})
_OURS: Final = frozenset(f.reason for f in TWILIO_ERRORS.values() if f.remedy in _MENDED_BY_US)
"""Why a message failed that only a change of ours mends; of other failures only many are told."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a group is of: events of one topic with different causes are different groups."""

    topic: Topic
    cause: str = ""

    @property
    def name(self) -> str:
        """Its key in the table."""
        return f"{self.topic}#{self.cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Events that are not told yet. The ids are those of the newest event."""

    subject: Subject
    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    told_at: datetime | None = None
    """When the group before it was told."""
    contact_id: str | None = None
    agent_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A message to operators, recorded before it is sent. ``sent_to``: who has it by now."""

    key: str
    subject: Subject
    count: int
    first_at: datetime
    last_at: datetime
    claimed_at: datetime
    contact_id: str | None = None
    agent_id: str | None = None
    reason: str | None = None
    sent_to: frozenset[str] = frozenset()
    done: bool = False

    @property
    def page(self) -> str:
        """What explains it: the person's page, where it is about one."""
        if self.count == 1 and self.contact_id:
            return f"/panel/people/{self.contact_id}?view=timeline"
        return RULES[self.subject.topic].page


class Due(StrEnum):
    """What is to be done with a group."""

    WAIT = "wait"
    TELL = "tell"
    FORGET = "forget"
    """It was too few for a message."""


def subject_of(signal: Signal, keys: Mapping[str, Value]) -> Subject | None:
    """The group that an event belongs to; ``None``: nobody needs to be told."""
    topic = TOPICS.get(signal)
    if topic is None:
        return None
    if signal is Signal.REPLY_FAILED and keys.get("reason") not in _OURS:
        topic = Topic.REPLIES_FAILED
    cause = str(keys.get("reason") or "") if topic is Topic.CONFIGURATION else ""
    return Subject(topic, cause)


def rules(*, each_drop: bool) -> Mapping[Topic, Rule]:
    """The rules of a deployment."""
    return {**RULES, Topic.DROPS: EACH_DROP} if each_drop else RULES


def due(group: Group, rule: Rule, now: datetime) -> Due:
    """Whether a group is told now."""
    if group.count <= 0 or group.last_at is None:
        return Due.WAIT
    # What was added while the group before it was told has no beginning of its own.
    first_at = group.first_at or group.last_at
    if group.count < rule.threshold:
        return Due.FORGET if now - first_at > rule.within else Due.WAIT
    if group.told_at is not None and now - group.told_at < AGAIN:
        return Due.WAIT
    goes_on = now - group.last_at < QUIET and now - first_at < LONGEST
    return Due.WAIT if goes_on else Due.TELL
