"""The queues of dead letters: what could not be heeded is put there, with its reason."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from conversation.dead_letters import NEVER_HEEDED, Box, Letter, queue_url_of
from conversation.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, MessageTypeDef

REASON: Final = "reason"
"""The attribute of a queue message that says why it lies there."""

_READ_WITHIN_S: Final = 30
"""For so long a letter that was looked at is shown to nobody else."""
_MOST: Final = 10
ASK_ALL_S: Final = 1
"""Without waiting, SQS asks only some of its servers, and letters on the others are missed."""


class SqsDeadLetters:
    """Puts letters into the queue of dead letters behind ``queue_url``. Raises ``Transient``."""

    def __init__(self, sqs: SQSClient, queue_url: str, *, new_id: Callable[[], str]) -> None:
        self._sqs = sqs
        self._url = queue_url_of(queue_url)
        self._new_id = new_id

    def put(self, body: str, reason: str) -> None:
        """Leave ``body`` there for an operator."""
        why: dict[str, MessageAttributeValueTypeDef] = {
            REASON: {"DataType": "String", "StringValue": reason}
        }
        with _translated():
            if not self._url.endswith(".fifo"):
                self._sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=why)
                return
            letter = self._new_id()  # a group of its own: no letter waits for another
            self._sqs.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes=why,
                MessageGroupId=letter,
                MessageDeduplicationId=letter,
            )


class SqsBox:
    """One queue of dead letters, as an operator looks through it. Raises ``Transient``."""

    def __init__(self, sqs: SQSClient, queue_url: str, box: Box) -> None:
        self._sqs = sqs
        self._url = queue_url
        self.name = box

    @contextmanager
    def opened(self, most: int | None = None) -> Iterator[list[Letter]]:
        """Every letter in it, or about the first ``most``.

        What is not dropped meanwhile lies there again afterwards; until then nobody else sees it.
        """
        letters: dict[str, Letter] = {}
        try:
            # Of very many the first come again before the last were seen: that is all of them.
            while most is None or len(letters) < most:
                found = self._receive()
                if not found.keys() - letters.keys():
                    break
                letters |= found
            yield list(letters.values())
        finally:
            for letter in letters.values():
                self._put_back(letter)

    def drop(self, letter: Letter) -> None:
        """Take it out for good."""
        with _translated():
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def _receive(self) -> dict[str, Letter]:
        with _translated():
            got = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_MOST,
                VisibilityTimeout=_READ_WITHIN_S,
                WaitTimeSeconds=ASK_ALL_S,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=[REASON],
            )
        letters = map(self._letter, got.get("Messages", []))
        return {letter.id: letter for letter in letters}

    def _letter(self, message: MessageTypeDef) -> Letter:
        sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", "0"))
        told = message.get("MessageAttributes", {}).get(REASON)
        return Letter(
            box=self.name,
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            reason=(told and told.get("StringValue")) or NEVER_HEEDED,
            sent_at=datetime.fromtimestamp(sent_ms / 1000, UTC),
        )

    def _put_back(self, letter: Letter) -> None:
        """One that was dropped, or whose time is over, is not ours to put back: never mind."""
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )
        except (ClientError, BotoCoreError):
            return


class SqsBoxes:
    """All queues of dead letters of a deployment. Raises ``Transient``."""

    def __init__(self, *boxes: SqsBox) -> None:
        self._boxes = {box.name: box for box in boxes}

    @contextmanager
    def opened(
        self, only: Collection[Box] = tuple(Box), most: int | None = None
    ) -> Iterator[list[Letter]]:
        """Every letter in them, or about the first ``most`` of each, opened one after another."""
        with ExitStack() as open_boxes:
            yield [
                letter
                for name in only
                for letter in open_boxes.enter_context(self._boxes[name].opened(most))
            ]

    def drop(self, letter: Letter) -> None:
        """Take it out for good."""
        self._boxes[letter.box].drop(letter)


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
        with _translated():
            got = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])  # type: ignore[list-item]  # the stubs want a literal
        return int(got["Attributes"][name])  # type: ignore[index]  # as above


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Transient("SQS did not answer", reason="queue_unavailable") from error
