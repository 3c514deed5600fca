"""Events as JSON lines through Powertools' Logger, for the Lambdas (the connector: ``lines``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.logging import Logger

from conversation.errors import Defect
from conversation.signals import Level, Signal, Value, level_of, undeclared

if TYPE_CHECKING:
    from conversation.signals import Signals


def logged(service: str, level: str) -> Signals:
    """Signals as lines of JSON on standard output: ``event``, ``service``, time, level and keys."""
    logger = Logger(service=service, level=level, log_uncaught_exceptions=False)
    write = {Level.INFO: logger.info, Level.WARNING: logger.warning, Level.ERROR: logger.error}

    def note(signal: Signal, /, **keys: Value) -> None:
        extra = undeclared(keys)
        if extra:
            raise Defect(f"an event may not carry {sorted(extra)}", reason="undeclared_key")
        fields = {"event": signal.value, **{k: v for k, v in keys.items() if v is not None}}
        write[level_of(signal)](signal.value, extra=fields)

    return note
