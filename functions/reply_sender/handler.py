"""The outbox queue: doorbells that say for whom something is to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes import SQSEvent

from functions.reply_sender.answer import Ring
from functions.reply_sender.wiring import application

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Tell which doorbells are to come back. Raises ``MisconfiguredError``: then all of them do."""
    rings = [_ring(record) for record in SQSEvent(event).records]
    back = application().answering.answer(
        rings, lambda: context.get_remaining_time_in_millis() / 1000
    )
    return {"batchItemFailures": [{"itemIdentifier": each} for each in back]}


def _ring(record: SQSRecord) -> Ring:
    return Ring(
        id=record.message_id,
        receipt=record.receipt_handle,
        body=record.body,
        receives=int(record.attributes.approximate_receive_count),
    )
