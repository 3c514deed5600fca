"""What an owner tells of its sockets is asked for by who looks, and not more often than needed."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.errors import Transient
from conversation.identifiers import ContactId, MessageKey
from conversation.leases import Lease
from conversation.overview import Page, Report, Reported, Socket
from functions.panel.watch import STALE_AFTER, Watching

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANA = ContactId("A" * 26)
LEASE = Lease(0, owner="c-1", epoch=4)
TOLD = Reported(contact_id=ANA, state="ready", age_s=90.0, ping_s=3.0, turns=7, sessions=3)


class World:
    """The tables and the queue, as far as this needs them."""

    def __init__(self):
        self.said, self.asked, self.rung = [], [], []
        self.deaf = False

    def sockets(self, shard, *, limit, cursor=None):
        opened = NOW - timedelta(seconds=90)
        return Page((Socket(ANA, "+573138539155", "agent_1", "conv_1", shard, 4, opened),))

    def reports(self, target):
        return self.said

    def ask(self, target, key, command, who, now):
        self.asked.append((target, command))

    def ring(self, bell):
        if self.deaf:
            raise Transient("no", reason="queue_unavailable")
        self.rung.append(bell.contact_id)


@pytest.fixture
def world():
    return World()


def looked(world, lease=LEASE, now=NOW):
    watching = Watching(
        shelf=world, leases=world, desk=world, orders=world, bells=world,
        new_key=lambda: MessageKey("K"), shards=4,
    )  # fmt: skip
    (socket,) = watching.sockets(lease, now, None).items
    return socket


def a_report(seconds, *, done=True):
    return Report(NOW - timedelta(seconds=seconds), done=done, sockets=(TOLD,) if done else ())


def test_who_looks_first_asks_and_sees_what_the_tables_know(world):
    socket = looked(world)

    assert (world.asked, world.rung) == ([("shard#0", "report")], ["shard#0"])
    assert (socket.live, socket.turns, socket.ping_at) == (True, None, None)


def test_what_the_owner_told_is_shown_as_of_when_it_was_asked(world):
    world.said = [a_report(4)]

    socket = looked(world)

    assert (socket.state, socket.turns, socket.reconnects) == ("ready", 7, 2)
    assert socket.ping_at == NOW - timedelta(seconds=4 + 3)


def test_nobody_asks_while_somebody_has_just_asked(world):
    world.said = [a_report(2, done=False), a_report(8)]

    socket = looked(world)

    assert world.asked == []
    assert socket.turns == 7, "the one before is shown meanwhile"


def test_what_is_old_is_not_shown(world):
    world.said = [a_report(STALE_AFTER.seconds + 1)]

    assert looked(world).turns is None


def test_nobody_is_asked_for_a_shard_that_nobody_holds(world):
    socket = looked(world, Lease(0))

    assert world.asked == []
    assert not socket.live


def test_a_queue_that_is_deaf_does_not_keep_the_page_from_being_drawn(world):
    world.deaf = True

    assert looked(world).number == "+57••••••9155"
