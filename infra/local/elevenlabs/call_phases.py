"""Where a call is and how it ends: the tables that calls, batches and their records share."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a call ends."""

    ANSWERED = "answered"
    SHORT = "short"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"


class Phase(StrEnum):
    """Where a call is. The values up to IN_PROGRESS are those of a batch's recipient."""

    PENDING = "pending"
    DISPATCHED = "dispatched"
    INITIATED = "initiated"
    IN_PROGRESS = "in_progress"
    PROCESSING = "processing"
    OVER = "over"


NEXT = {
    Phase.PENDING: Phase.DISPATCHED,
    Phase.DISPATCHED: Phase.INITIATED,
    Phase.INITIATED: Phase.IN_PROGRESS,
    Phase.IN_PROGRESS: Phase.PROCESSING,
    Phase.PROCESSING: Phase.OVER,
}
"""The only way a call goes; a call that nobody takes leaves INITIATED for OVER."""

TALKING = frozenset({Phase.DISPATCHED, Phase.INITIATED, Phase.IN_PROGRESS})
"""Phases in which a call takes a line."""

ENDINGS = {
    Outcome.ANSWERED: ("completed", "answered", "Call ended by remote party"),
    Outcome.SHORT: ("completed", "answered", "Call ended by remote party"),
    Outcome.VOICEMAIL: ("voicemail", "voicemail", "voicemail_detection tool was called."),
    Outcome.NO_ANSWER: ("failed", "no_answer", "Call failed: no-answer"),
    Outcome.BUSY: ("failed", "busy", "Call failed: busy"),
    Outcome.FAILED: ("failed", "failed", "Call failed: unknown"),
}
"""Outcome → the recipient's status, ``call_result``, and the reason in words."""

UNTAKEN = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED})
"""Nobody spoke: the conversation is ``failed`` and never analysed."""

BRIEF = frozenset({Outcome.SHORT, Outcome.VOICEMAIL})
"""Only the greeting was said."""
