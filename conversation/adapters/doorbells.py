"""Ringing: doorbells through SQS, to the connector by shard and to the sender by contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from conversation.doorbells import BellKind, Doorbell, shard_of
from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_sqs import SQSClient

TRIES: Final = 2
"""A doorbell that fails is rung once more at once; after that the sweeper rings."""


class Bells(Protocol):
    """What rings. A use case needs no more of SQS."""

    def ring(self, bell: Doorbell) -> None:
        """Ring once; raises ``Transient`` where that failed, which loses nothing."""


class SqsBells:
    """Rings through SQS.

    ``new_id`` gives a fresh id a ring: in a FIFO queue it is the deduplication id, so that no
    ring is ever swallowed for being like an earlier one.
    """

    def __init__(
        self,
        sqs: SQSClient,
        *,
        inbox_urls: Sequence[str] = (),
        outbox_url: str = "",
        new_id: Callable[[], str],
    ) -> None:
        self._sqs = sqs
        self._inbox_urls = tuple(inbox_urls)
        self._outbox_url = outbox_url
        self._new_id = new_id

    def ring(self, bell: Doorbell) -> None:
        """Ring once, twice if the first fails."""
        for left in reversed(range(TRIES)):
            try:
                self._send(bell)
            except (ClientError, BotoCoreError) as error:
                if not left:
                    raise Transient("SQS took no doorbell", reason="queue_unavailable") from error
            else:
                return

    def _send(self, bell: Doorbell) -> None:
        if bell.kind in {BellKind.OUTBOX, BellKind.TYPING}:
            self._sqs.send_message(
                QueueUrl=self._outbox_url,
                MessageBody=bell.to_json(),
                MessageGroupId=bell.contact_id,
                MessageDeduplicationId=self._new_id(),
            )
        else:
            self._sqs.send_message(
                QueueUrl=self._inbox_urls[self._shard(bell)], MessageBody=bell.to_json()
            )

    def _shard(self, bell: Doorbell) -> int:
        """A command for a whole shard names it; all else is at home with its contact."""
        if bell.contact_id.startswith("shard#"):
            return int(bell.contact_id.removeprefix("shard#"))
        return shard_of(bell.contact_id, len(self._inbox_urls))
