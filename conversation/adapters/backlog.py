"""How many doorbells wait in a queue, as SQS tells it: about, and some seconds late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Transient
from conversation.messages import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

_WAITING: Final = "ApproximateNumberOfMessages"


def doorbells_in(sqs: SQSClient, url: str) -> int:
    """About how many doorbells of a queue nobody has received yet. Raises ``Transient``."""
    try:
        got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING])
    except (ClientError, BotoCoreError) as error:
        raise Transient("SQS did not answer", reason="queue_unavailable") from error
    return int(got["Attributes"][_WAITING])


class SqsBacklog:
    """A ``functions.sweeper.sweep.Backlog``: a queue a shard for the inbox, one for the outbox."""

    def __init__(self, sqs: SQSClient, *, inbox_urls: Sequence[str], outbox_url: str) -> None:
        self._sqs = sqs
        self._inbox_urls = tuple(inbox_urls)
        self._outbox_url = outbox_url

    def waiting(self, side: Direction, shard: int) -> int:
        """About how many doorbells of the shard's queue nobody has received yet."""
        url = self._outbox_url if side is Direction.OUTBOUND else self._inbox_urls[shard]
        return doorbells_in(self._sqs, url)
