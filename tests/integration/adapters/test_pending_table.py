"""The sweeper and the reconciler at the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.pending import PendingTable
from conversation.adapters.tables.reconciled import ReconciledTable
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.sweeping import Mark, Waiting

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEYS = [f"01{n:024}" for n in range(5)]
ASKED = Message(
    contact_id="A" * 26, message_key=KEYS[0], conversation_id="A" * 26,
    direction=Direction.INBOUND, kind=Kind.MESSAGE, content="hola", state=InboundState.NEW,
    sent_at=NOW,
)  # fmt: skip
REPLY = replace(
    ASKED, message_key=KEYS[1], direction=Direction.OUTBOUND, kind=Kind.REPLY,
    state=OutboundState.PENDING,
)  # fmt: skip


@pytest.fixture
def put(tables):
    def putting(message):
        item_of(tables.messages, message, shards=1).save()

    return putting


@pytest.fixture
def pending(tables):
    return PendingTable(tables)


def test_each_side_has_its_own_and_only_what_is_old_enough(pending, put):
    put(ASKED)
    put(replace(ASKED, message_key=KEYS[2], sent_at=NOW + timedelta(seconds=1)))
    put(REPLY)

    inbound = pending.older_than(NOW, Direction.INBOUND, 0, 10)
    outbound = pending.older_than(NOW, Direction.OUTBOUND, 0, 10)

    assert inbound == [Waiting(ASKED.contact_id, KEYS[0], unfinished=True)]
    assert outbound == [Waiting(ASKED.contact_id, KEYS[1], unfinished=True)]
    assert pending.older_than(NOW, Direction.INBOUND, 1, 10) == []


def test_the_oldest_come_first_and_no_more_than_asked_for(pending, put):
    for n in (2, 0, 1):
        put(replace(ASKED, message_key=KEYS[n], sent_at=NOW + timedelta(seconds=n)))

    found = pending.older_than(NOW + timedelta(hours=1), Direction.INBOUND, 0, 2)

    assert [each.key for each in found] == KEYS[:2]


def test_what_is_finished_and_lingers_is_taken_out(pending, put, tables):
    put(REPLY)
    tables.messages(REPLY.contact_id, REPLY.message_key).update(
        [tables.messages.state.set(OutboundState.SENT)]
    )

    (entry,) = pending.older_than(NOW, Direction.OUTBOUND, 0, 10)

    assert not entry.unfinished
    assert pending.clear(entry, Direction.OUTBOUND)
    assert pending.older_than(NOW, Direction.OUTBOUND, 0, 10) == []
    assert not pending.clear(entry, Direction.OUTBOUND)


def test_what_is_not_finished_stays_whatever_the_index_said(pending, put):
    put(REPLY)

    assert not pending.clear(
        Waiting(REPLY.contact_id, REPLY.message_key, unfinished=False), Direction.OUTBOUND
    )
    assert len(pending.older_than(NOW, Direction.OUTBOUND, 0, 10)) == 1


def test_the_first_mark_stays_where_it_was_set(tables):
    marks = ReconciledTable(tables)
    assert marks.mark() is None

    marks.begin(NOW)
    marks.begin(NOW + timedelta(hours=1))
    marks.reach(NOW + timedelta(minutes=5))

    assert marks.mark() == Mark(NOW, NOW + timedelta(minutes=5))


def test_of_many_sids_the_known_ones_are_told(tables):
    sids = [f"SM{n:032x}" for n in range(130)]
    for sid in sids[::2]:
        tables.known_ids(id=sid).save()

    assert ReconciledTable(tables).known(sids) == frozenset(sids[::2])
    assert ReconciledTable(tables).known([]) == frozenset()
