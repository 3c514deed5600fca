"""Called every minute by EventBridge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.operator_alerts.wiring import application

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(_event: object, context: LambdaContext) -> None:
    """Run once. Raises what went wrong, so that the run is counted as failed."""
    tick = application()
    now = datetime.now(UTC)
    tick.measuring.measure(now)
    tick.telling.run(now, lambda: context.get_remaining_time_in_millis() / 1000)
    tick.keeping.keep_one(now)
