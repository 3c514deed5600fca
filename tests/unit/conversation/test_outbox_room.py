"""A large batch does not fill the queue in which answers wait, too."""

from __future__ import annotations

import pytest

from conversation.errors import Transient
from conversation.outbox_room import BELIEVED_S, MOST_WAITING, OutboxRoom


class Queue:
    """How many wait, and how often that was asked."""

    def __init__(self):
        self.waits, self.asked, self.now = 0, 0, 0.0
        self.broken = False

    def waiting(self):
        self.asked += 1
        if self.broken:
            raise Transient("no", reason="queue_unavailable")
        return self.waits

    def clock(self):
        return self.now


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def room(queue):
    return OutboxRoom(queue.waiting, queue.clock)


@pytest.mark.parametrize(
    ("waits", "there_is"), [(0, True), (MOST_WAITING - 1, True), (MOST_WAITING, False)]
)
def test_there_is_room_while_few_wait(queue, room, waits, there_is):
    queue.waits = waits

    assert room() is there_is


def test_the_queue_is_asked_once_for_many_recipients(queue, room):
    for _ in range(100):
        room()

    assert queue.asked == 1


def test_it_is_asked_again_soon(queue, room):
    queue.waits = MOST_WAITING
    assert not room()
    queue.waits, queue.now = 3, BELIEVED_S

    assert room()


def test_where_nobody_can_tell_there_is_room(queue, room):
    queue.broken = True

    assert room()
