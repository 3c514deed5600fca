"""A shard's queue of doorbells, as its owner listens to it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import botocore.session
    from mypy_boto3_sqs import SQSClient

    from conversation.variables import AwsSettings

_MOST: Final = 10
"""SQS gives and takes so many at a time."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A queue message: its body, and the handle by which it is deleted or put back."""

    body: str
    handle: str


def listening_client(
    session: botocore.session.Session, settings: AwsSettings, *, connections: int
) -> SQSClient:
    """A client that waits longer for an answer than SQS does for a message (20 s)."""
    client = session.create_client(
        "sqs",
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            connect_timeout=2,
            read_timeout=25,
            max_pool_connections=connections,
            retries={"total_max_attempts": 1},
        ),
    )
    return cast("SQSClient", client)


class SqsInbox:
    """One queue. Blocking; raises ``Transient``."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def receive(self, wait_s: int) -> Sequence[Letter]:
        """What has come, waiting for so long at most."""
        with _translated():
            got = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_MOST, WaitTimeSeconds=wait_s
            )
        letters = got.get("Messages", [])
        return [Letter(letter["Body"], letter["ReceiptHandle"]) for letter in letters]

    def delete(self, handles: Sequence[str]) -> None:
        """These have been heeded. Ten at most."""
        with _translated():
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "ReceiptHandle": h} for n, h in enumerate(handles)],
            )

    def put_back(self, handle: str) -> None:
        """It is another connector's: let it be received again at once."""
        with _translated():
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=0
            )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Transient("SQS did not answer", reason="queue_unavailable") from error
