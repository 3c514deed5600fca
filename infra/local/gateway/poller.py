"""Lambda's event source mapping: long polls a queue and hands batches to a function."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.gateway.invocation import Failed, Outcome
from infra.local.gateway.queue_events import done, queue_event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.local.gateway.queue_events import Message

WAIT_S = 1
"""One long poll. Short, because a stop waits for the poll that is under way."""

PAUSE_S = 1.0
"""How long after a queue that could not be reached the next poll comes."""


class QueueClient(Protocol):
    """What the poller asks of boto3's SQS client."""

    def receive_message(self, **kwargs: Any) -> Any:  # noqa: ANN401 - boto3's own shape
        """As boto3's."""

    def delete_message_batch(self, **kwargs: Any) -> Any:  # noqa: ANN401 - boto3's own shape
        """As boto3's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Feeds one function from one queue.

    Messages that a function does not report as failed are deleted. The others are left alone: they
    come again when their visibility time-out ends, and a FIFO queue holds back the later messages
    of their group until then.
    """

    queue_url: str
    queue_arn: str
    batch_size: int
    client: QueueClient
    call: Callable[[dict[str, Any]], Outcome]

    def receive(self) -> list[Message]:
        """The next batch; empty after ``WAIT_S`` without one."""
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=self.batch_size,
            WaitTimeSeconds=WAIT_S,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def hand_over(self, messages: Sequence[Message]) -> None:
        """Call the function with ``messages`` and delete what is done."""
        outcome = self.call(queue_event(messages, queue_arn=self.queue_arn))
        if isinstance(outcome, Failed):
            return
        if finished := done(messages, outcome.result):
            self._delete(finished)

    async def run(self, *, stop: asyncio.Event, concurrency: int) -> None:
        """Poll until ``stop``, with at most ``concurrency`` calls at a time.

        Returns when the calls under way have ended.
        """
        slots = asyncio.Semaphore(concurrency)
        calls: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            await slots.acquire()
            if not (messages := await _or_pause(self.receive)):
                slots.release()
                continue
            task = asyncio.create_task(_or_log(partial(self.hand_over, messages)))
            calls.add(task)
            task.add_done_callback(calls.discard)
            task.add_done_callback(lambda _: slots.release())
        await asyncio.gather(*calls)

    def _delete(self, messages: Sequence[Message]) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
            for n, message in enumerate(messages)
        ]
        self.client.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)


async def _or_pause(receive: Callable[[], list[Message]]) -> list[Message]:
    try:
        return await asyncio.to_thread(receive)
    except (BotoCoreError, ClientError) as error:
        _log(error)
        await asyncio.sleep(PAUSE_S)
        return []


async def _or_log(act: Callable[[], None]) -> None:
    # A delete that failed is no loss: the message comes again, and the function finds it done.
    try:
        await asyncio.to_thread(act)
    except (BotoCoreError, ClientError) as error:
        _log(error)


def _log(error: Exception) -> None:
    print(json.dumps({"event": "queue_unreachable", "error": type(error).__name__}), flush=True)
