"""Events as JSON lines, through Powertools' Logger: the same in a Lambda and in the connector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.logging import Logger

from conversation.errors import Defect
from conversation.signals import Signal, Value, undeclared

if TYPE_CHECKING:
    from conversation.signals import Signals

WARNINGS: Final = frozenset(
    {
        Signal.WEBHOOK_REFUSED, Signal.DOORBELL_FAILED, Signal.DOORBELL_REFUSED,
        Signal.OPENER_NEEDS_TEMPLATE, Signal.SHARD_LOST, Signal.SOCKET_REFUSED,
        Signal.SOCKET_LOST, Signal.FRAME_MALFORMED, Signal.TURN_UNANSWERED, Signal.ANSWER_SLOW,
        Signal.COMMIT_FENCED, Signal.REPLY_POSTPONED, Signal.REPLY_UNSURE,
        Signal.MESSAGE_EXPIRED, Signal.PROVIDER_FAILED, Signal.EAGER_OPENING_PAUSED,
    }
)  # fmt: skip
ERRORS: Final = frozenset(
    {
        Signal.AGENT_MISCONFIGURED, Signal.TURN_GIVEN_UP, Signal.REPLY_FAILED,
        Signal.DUPLICATE_SENT, Signal.DEFECT_FOUND,
    }
)  # fmt: skip


def logged(service: str, level: str) -> Signals:
    """Signals as lines of JSON on standard output: ``event``, ``service``, time, level and keys."""
    logger = Logger(service=service, level=level, log_uncaught_exceptions=False)

    def note(signal: Signal, /, **keys: Value) -> None:
        extra = undeclared(keys)
        if extra:
            raise Defect(f"an event may not carry {sorted(extra)}", reason="undeclared_key")
        fields = {"event": signal.value, **{k: v for k, v in keys.items() if v is not None}}
        write = (
            logger.error
            if signal in ERRORS
            else logger.warning
            if signal in WARNINGS
            else logger.info
        )
        write(signal.value, extra=fields)

    return note
