"""Batches go from a queue to a function, and what is done is deleted."""

import asyncio
import threading
from collections import deque

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.gateway import poller as module
from infra.local.gateway.invocation import Failed, Returned
from infra.local.gateway.poller import Poller


class FakeQueue:
    """Gives each batch once, and remembers what was deleted."""

    def __init__(self, *batches):
        self.batches = deque(batches)
        self.deleted = []
        self.asked = []

    def receive_message(self, **asked):
        self.asked.append(asked)
        batch = self.batches.popleft() if self.batches else []
        if isinstance(batch, Exception):
            raise batch
        return {"Messages": batch} if batch else {}

    def delete_message_batch(self, **asked):
        self.deleted += [entry["ReceiptHandle"] for entry in asked["Entries"]]


def a_batch(*names):
    return [{"MessageId": n, "ReceiptHandle": f"handle of {n}", "Body": "b"} for n in names]


def a_poller(queue, call):
    return Poller(queue_url="url", queue_arn="a:b:c:d:e:f", batch_size=10, client=queue, call=call)


def names(event):
    return [record["messageId"] for record in event["Records"]]


def failing(*failures):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failures]}


def test_a_batch_is_asked_for_with_everything_that_is_known_of_it():
    queue = FakeQueue(a_batch("m1"))

    messages = a_poller(queue, None).receive()

    assert [message["MessageId"] for message in messages] == ["m1"]
    assert queue.asked[0]["MaxNumberOfMessages"] == 10
    assert queue.asked[0]["MessageSystemAttributeNames"] == ["All"]
    assert queue.asked[0]["MessageAttributeNames"] == ["All"]


def test_what_succeeded_is_deleted():
    queue = FakeQueue()

    a_poller(queue, lambda _: Returned(None)).hand_over(a_batch("m1", "m2"))

    assert queue.deleted == ["handle of m1", "handle of m2"]


def test_what_failed_stays_in_the_queue():
    queue = FakeQueue()

    a_poller(queue, lambda _: Returned(failing("m1"))).hand_over(a_batch("m1", "m2"))

    assert queue.deleted == ["handle of m2"]


@pytest.mark.parametrize(
    "outcome", [Failed("ValueError", "", ()), Returned(failing("m1", "m2"))], ids=["raised", "all"]
)
def test_a_batch_that_failed_as_a_whole_stays_in_the_queue(outcome):
    queue = FakeQueue()

    a_poller(queue, lambda _: outcome).hand_over(a_batch("m1", "m2"))

    assert queue.deleted == []


def polled(queue, call, *, concurrency, until):
    """Run the poller until ``until`` messages were handed over."""
    seen = []

    async def run():
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def counted(event):
            outcome = call(event)
            seen.extend(names(event))
            if len(seen) >= until:
                loop.call_soon_threadsafe(stop.set)
            return outcome

        poller = a_poller(queue, counted)
        await asyncio.wait_for(poller.run(stop=stop, concurrency=concurrency), 10)

    asyncio.run(run())
    return seen


def test_batches_are_handed_over_in_their_order():
    queue = FakeQueue(a_batch("m1", "m2"), a_batch("m3"))

    seen = polled(queue, lambda _: Returned(None), concurrency=1, until=3)

    assert seen == ["m1", "m2", "m3"]
    assert queue.deleted == ["handle of m1", "handle of m2", "handle of m3"]


def test_as_many_calls_run_at_once_as_allowed_and_no_more():
    pairs = threading.Barrier(2, timeout=5)
    running, most = [], []

    def call(_):
        running.append(1)
        pairs.wait()  # breaks unless two are here at once
        most.append(len(running))
        pairs.wait()
        running.pop()
        return Returned(None)

    polled(FakeQueue(*(a_batch(f"m{n}") for n in range(8))), call, concurrency=2, until=8)

    assert max(most) == 2


def test_polling_goes_on_after_the_queue_could_not_be_reached(monkeypatch, capsys):
    monkeypatch.setattr(module, "PAUSE_S", 0)
    queue = FakeQueue(EndpointConnectionError(endpoint_url="u"), a_batch("m1"))

    assert polled(queue, lambda _: Returned(None), concurrency=1, until=1) == ["m1"]
    assert "queue_unreachable" in capsys.readouterr().out
