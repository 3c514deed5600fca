"""How messages are sent, and what was never finished is found."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import choice, number
from conversation.settings import setting
from conversation.variables.choices import AmbiguousSend


@dataclass(frozen=True, slots=True)
class SendSettings:
    """How messages are sent."""

    ambiguous: AmbiguousSend = setting(
        "AMBIGUOUS_SEND",
        "resend or hold a message that Twilio may have taken but does not list",
        choice(AmbiguousSend),
        default="resend",
    )
    ambiguous_after_s: float = setting(
        "AMBIGUOUS_AFTER_S",
        "after this a message that Twilio gave no answer to is looked for in its list",
        number(45, 3600),
        default="60",
    )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """The safety nets."""

    after_s: float = setting(
        "SWEEP_AFTER_S",
        "what is stored and unfinished for longer than this is rung for again",
        number(1, 86400),
        default="60",
    )
