"""Who is written to after a call: the rules, in the order in which they are asked.

The first rule that applies decides; a call to which none applies is continued. Each refusal has
a word, which is stored with the recipient.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.addresses import parse_number
from conversation.batches import Stage
from conversation.calls import CallDirection, CallResult, CallState
from conversation.errors import Refused
from conversation.variables import ContinueCalls, Openers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conversation.batches import Recipient
    from conversation.calls import Call
    from conversation.identifiers import CallId
    from conversation.variables import StartSettings


class Why(StrEnum):
    """Why a call is not continued, or not yet."""

    OPENERS_OFF = "openers_off"
    OTHER_AGENT = "other_agent"
    NOT_A_BATCH_CALL = "not_a_batch_call"
    INBOUND_CALL = "inbound_call"
    NOT_A_PHONE_CALL = "not_a_phone_call"
    NO_NUMBER = "no_number"
    CANCELLED = "cancelled"
    VOICEMAIL = "voicemail"
    NOT_REACHED = "not_reached"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CALL_FAILED = "call_failed"
    CALL_GONE = "call_gone"
    UNREADABLE = "unreadable"
    BEFORE_FIRST_START = "before_first_start"
    TOO_OLD = "too_old"
    TOO_SHORT = "too_short"
    GOING_ON = "going_on"
    PROCESSING = "processing"
    DAILY_LIMIT = "daily_limit"
    OUTBOX_FULL = "outbox_full"


@dataclass(frozen=True, slots=True)
class Continue:
    """The call is continued."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It is to be looked at again."""

    why: Why


@dataclass(frozen=True, slots=True)
class Leave:
    """It is not continued."""

    why: Why


@dataclass(frozen=True, slots=True)
class Look:
    """It cannot be told without looking at the call itself."""

    call_id: CallId


Verdict = Continue | Wait | Leave


@dataclass(frozen=True, slots=True)
class Case:
    """A call, and what it is judged by."""

    call: Call
    settings: StartSettings
    first_start: datetime
    now: datetime

    @property
    def too_old(self) -> bool:
        """Whether a message about it would surprise."""
        return _too_old(self.call.ended_at, self.settings, self.now)

    @property
    def going_on(self) -> bool:
        """Whether the person may still be on the phone."""
        return self.call.state is CallState.GOING_ON

    @property
    def summary_may_come(self) -> bool:
        """Whether the call's analysis is still worth waiting for."""
        wait = timedelta(seconds=self.settings.summary_wait_s)
        return self.call.state is CallState.PROCESSING and self.now < self.call.ended_at + wait


Rule = tuple["Callable[[Case], bool]", Verdict]

RULES: Final[tuple[Rule, ...]] = (
    (lambda c: c.settings.openers is Openers.OFF, Leave(Why.OPENERS_OFF)),
    (
        lambda c: bool(c.settings.agent_ids) and c.call.agent_id not in c.settings.agent_ids,
        Leave(Why.OTHER_AGENT),
    ),
    (
        lambda c: c.settings.continue_calls is ContinueCalls.BATCH and not c.call.batch_id,
        Leave(Why.NOT_A_BATCH_CALL),
    ),
    (
        lambda c: (
            c.settings.continue_calls is not ContinueCalls.ALL
            and c.call.direction is CallDirection.INBOUND
        ),
        Leave(Why.INBOUND_CALL),
    ),
    (lambda c: e164_of(c.call.number) is None, Leave(Why.NO_NUMBER)),
    # When a call that goes on will have ended is not known: its beginning must not decide.
    (lambda c: c.going_on and not c.too_old, Wait(Why.GOING_ON)),
    (lambda c: c.call.result is CallResult.CANCELLED, Leave(Why.CANCELLED)),
    (lambda c: c.call.result is CallResult.VOICEMAIL, Leave(Why.VOICEMAIL)),
    (lambda c: c.call.result is CallResult.NOT_REACHED, Leave(Why.NOT_REACHED)),
    (lambda c: c.call.state is CallState.FAILED, Leave(Why.CALL_FAILED)),
    (lambda c: c.call.ended_at <= c.first_start, Leave(Why.BEFORE_FIRST_START)),
    (lambda c: c.too_old, Leave(Why.TOO_OLD)),
    (lambda c: c.summary_may_come, Wait(Why.PROCESSING)),
    (lambda c: c.call.duration_s < c.settings.min_call_s, Leave(Why.TOO_SHORT)),
)

ENDED_WITHOUT_TALK: Final[Mapping[Stage, Why]] = {
    Stage.VOICEMAIL: Why.VOICEMAIL,
    Stage.FAILED: Why.NOT_REACHED,
    Stage.CANCELLED: Why.CANCELLED,
}


def decide(call: Call, *, settings: StartSettings, first_start: datetime, now: datetime) -> Verdict:
    """What becomes of ``call``. ``first_start`` is when this deployment first ran."""
    case = Case(call, settings, first_start, now)
    return next((verdict for applies, verdict in RULES if applies(case)), Continue())


def foretell(
    recipient: Recipient, *, settings: StartSettings, first_start: datetime, now: datetime
) -> Look | Wait | Leave:
    """What a recipient's row alone decides.

    A call has ended when its row was last changed, or before: so an old row is an old call.
    """
    if recipient.stage is Stage.MOVING:
        return Wait(Why.GOING_ON)
    if settings.openers is Openers.OFF:
        return Leave(Why.OPENERS_OFF)
    if recipient.stage in ENDED_WITHOUT_TALK:
        return Leave(ENDED_WITHOUT_TALK[recipient.stage])
    if recipient.timed and recipient.updated_at <= first_start:
        return Leave(Why.BEFORE_FIRST_START)
    if recipient.timed and _too_old(recipient.updated_at, settings, now):
        return Leave(Why.TOO_OLD)
    return _look_at(recipient, settings, now)


def _look_at(recipient: Recipient, settings: StartSettings, now: datetime) -> Look | Wait | Leave:
    """The call, or its id is waited for: the end may be told before it."""
    if recipient.call_id:
        return Look(recipient.call_id)
    waits = now < recipient.updated_at + timedelta(seconds=settings.summary_wait_s)
    return Wait(Why.PROCESSING) if waits else Leave(Why.CALL_GONE)


def e164_of(number: str) -> str | None:
    """The number in E.164; ``None`` for a withheld or impossible one."""
    try:
        return parse_number(number).e164
    except Refused:
        return None


def _too_old(ended_at: datetime, settings: StartSettings, now: datetime) -> bool:
    return now - ended_at > timedelta(hours=settings.opener_max_age_h)
