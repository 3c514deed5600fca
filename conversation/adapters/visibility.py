"""When a doorbell comes back that was not answered to the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_S: Final = 12 * 3600


class SqsVisibility:
    """The visibility time-out of messages that were received from one queue."""

    def __init__(self, sqs: SQSClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def come_back(self, receipt: str, after_s: float) -> None:
        """Let the message be received again ``after_s`` from now, in whole seconds.

        Raises ``Transient`` where SQS did not take it: then the queue's own time-out stands.
        """
        seconds = min(max(math.ceil(after_s), 0), LONGEST_S)
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient("SQS took no visibility", reason="queue_unavailable") from error
