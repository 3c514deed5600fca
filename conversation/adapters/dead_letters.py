"""How many doorbells were given up, as SQS counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient


class DeadLetterQueues:
    """The dead-letter queues of a deployment."""

    def __init__(self, sqs: SQSClient, urls: Sequence[str]) -> None:
        self._sqs = sqs
        self._urls = tuple(urls)

    def count(self) -> int:
        """About how many lie in them. Raises ``Transient``."""
        return sum(map(self._count, self._urls))

    def _count(self, url: str) -> int:
        name = "ApproximateNumberOfMessages"
        try:
            got = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])  # type: ignore[list-item]  # the stubs want a literal
        except (ClientError, BotoCoreError) as error:
            raise Transient("SQS did not answer", reason="queue_unavailable") from error
        return int(got["Attributes"][name])  # type: ignore[index]  # as above
