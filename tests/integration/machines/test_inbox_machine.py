"""What one person writes, two owners of their shard, and the agent: over the real tables.

Webhooks come twice; an owner that was paused goes on from what it read long ago; answers come
late, and again after an acknowledgement that was lost.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence
from conversation.adapters.tables.mapping import message_of
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.reception import ReceptionTable
from conversation.adapters.tables.turns import TurnTable
from conversation.answers import Answer
from conversation.doorbells import BellKind
from conversation.errors import Fenced
from conversation.leases import Owner
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.reception import Arrival, Repeated, Standing, Stored
from conversation.signals import Recorded
from conversation.turns import next_turn
from tests.integration.machines.ground import ground
from tests.letters import Letters

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOST_OWNERS = 5
GROUND = None


class Connector:
    """An owner: its epoch, what it read last, and the turn it has asked."""

    def __init__(self, epoch):
        self.owner = Owner(epoch, 1)
        self.state = None
        self.turn = None
        self.asked = None


class Inbox(RuleBasedStateMachine):
    """Later connectors have higher epochs; an earlier one may wake up at any time."""

    def __init__(self):
        super().__init__()
        self.contact = GROUND.a_contact()
        tables, words = GROUND.tables, GROUND.words
        fence = Fence(tables, **words)
        poison = Poison(tables, Letters(), Recorded(), kind=BellKind.INBOX)
        self.contacts = ContactTable(fence, poison)
        self.turns = TurnTable(fence, shards=4)
        self.reception = ReceptionTable(tables, shards=4, keep_days=30, **words)
        self.connectors = [Connector(5)]
        self.touched = 0
        """The highest epoch that ever touched the contact."""
        self.sids = {}
        self.turn_of = {}
        """The set of messages that each turn was first asked with."""
        self.finals = {}
        """The session whose text ended each turn."""
        self.finished = {}

    # -- the webhook -----------------------------------------------------------------------------

    @rule(sid=st.integers(0, 3))
    def a_webhook_comes(self, sid):
        key = GROUND.a_key()
        message = Message(
            contact_id=self.contact, message_key=key, conversation_id=self.contact,
            direction=Direction.INBOUND, kind=Kind.MESSAGE, content=f"text {sid}",
            state=InboundState.NEW, sent_at=NOW,
        )  # fmt: skip
        arrival = Arrival(
            sid=f"SM{sid}-{self.contact}", message=message, notice=None, address="whatsapp:+57",
            phone_number="+57", profile_name=None, alias=None, elsewhere=None,
            opted_out=None,
        )  # fmt: skip
        kept = self.reception.keep(arrival, Standing())
        if sid in self.sids:
            assert kept == Repeated(self.contact, self.sids[sid])
        else:
            assert kept == Stored()
            self.sids[sid] = key

    # -- the owners ------------------------------------------------------------------------------

    def _commits(self, connector, act):
        """An owner that was overtaken is fenced, and no other is."""
        overtaken = connector.owner.epoch < self.touched
        try:
            done = act()
        except Fenced:
            assert overtaken
            return None
        assert not overtaken or not done
        return done

    @precondition(lambda self: len(self.connectors) < MOST_OWNERS)
    @rule()
    def another_takes_over(self):
        """The one before does not know yet: it goes on from what it read and asked."""
        self.connectors.append(Connector(self.connectors[-1].owner.epoch + 1))
        self._touch_and_read(self.connectors[-1])

    @rule(data=st.data())
    def touches_and_reads(self, data):
        self._touch_and_read(self._one_of(data, lambda _: True))

    def _touch_and_read(self, connector):
        overtaken = connector.owner.epoch < self.touched
        try:
            connector.state = self.contacts.touch(self.contact, connector.owner)
        except Fenced:
            assert overtaken
            return
        assert not overtaken
        self.touched = connector.owner.epoch
        connector.turn = next_turn(self.contacts.read(self.contact, None, 50))
        connector.asked = None

    def _one_of(self, data, able):
        return data.draw(st.sampled_from([c for c in self.connectors if able(c)]))

    @precondition(lambda self: any(map(_has_read, self.connectors)))
    @rule(data=st.data())
    def asks_what_it_read(self, data):
        connector = self._one_of(data, _has_read)
        turn = connector.turn
        session = f"conv_{connector.owner.epoch}_{turn.attempts}"
        act = lambda: self.turns.ask(turn, connector.owner, session, connector.state, NOW)  # noqa: E731
        if self._commits(connector, act):
            first = self.turn_of.setdefault(turn.key, turn.keys)
            assert turn.keys == first, "a turn's messages changed"
            connector.asked, connector.turn = (turn, session), None

    @precondition(lambda self: any(c.asked for c in self.connectors))
    @rule(data=st.data(), parts=st.integers(1, 3), again=st.booleans())
    def the_agent_answers(self, data, parts, again):
        connector = self._one_of(data, lambda each: each.asked)
        turn, session = connector.asked
        answer = Answer(
            turn=turn, parts=tuple(f"part {n}" for n in range(parts)), final=True, first_ordinal=1,
            open=True, notice_unsent=False, session=session, event_id="1", latency_ms=1,
        )  # fmt: skip
        act = lambda: self.turns.answer(answer, connector.owner, NOW)  # noqa: E731
        keys = self._commits(connector, act)
        if keys:
            assert self.finals.setdefault(turn.key, session) == session, "answered twice"
            assert all(key.startswith(f"{turn.key}~") for key in keys)
        if keys and again:  # the acknowledgement was lost, and it is committed once more
            assert self.turns.answer(answer, connector.owner, NOW) == ()
        if keys is not None:
            connector.asked = None

    @precondition(lambda self: any(c.asked for c in self.connectors))
    @rule(data=st.data())
    def gives_up(self, data):
        connector = self._one_of(data, lambda each: each.asked)
        turn, _ = connector.asked
        act = lambda: self.turns.give_up(turn, connector.owner, "no pude", NOW)  # noqa: E731
        if self._commits(connector, act):
            connector.asked = None

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def it_all_holds_together(self):
        """One reading, and what must be true of it."""
        items = list(GROUND.tables.messages.query(self.contact, consistent_read=True))
        kept = [message_of(item) for item in items]
        inbound = [m for m in kept if m.direction is Direction.INBOUND]
        said = [m for m in kept if m.kind is Kind.REPLY]
        self._each_is_stored_once(inbound)
        self._one_turn_is_open(inbound)
        self._what_is_finished_stays(inbound)
        self._whatever_is_answered_was_answered_by_its_own_turn(inbound, said)
        for item in items:
            self._the_index_has_what_is_open(item)

    def _each_is_stored_once(self, inbound):
        assert sorted(m.message_key for m in inbound) == sorted(self.sids.values())

    def _one_turn_is_open(self, inbound):
        assert len({m.turn for m in inbound if m.state is InboundState.ASKED}) <= 1

    def _what_is_finished_stays(self, inbound):
        over = {InboundState.ANSWERED, InboundState.FAILED}
        now = {m.message_key: m.state for m in inbound if m.state in over}
        assert self.finished.items() <= now.items()
        self.finished = now

    def _whatever_is_answered_was_answered_by_its_own_turn(self, inbound, said):
        for turn in {m.turn for m in inbound if m.state is InboundState.ANSWERED}:
            sessions = {m.session for m in said if m.turn == turn}
            assert len(sessions) == 1

    def _the_index_has_what_is_open(self, item):
        if item.direction == Direction.INBOUND:
            place = {"NEW": "in", "ASKED": "in", "FAILED": "dead"}.get(item.state)
            assert (item.pending.partition("#")[0] if item.pending else None) == place


def _has_read(connector):
    return connector.turn is not None and not connector.turn.exhausted


@pytest.fixture(scope="module")
def _ground():
    global GROUND
    with ground() as GROUND:
        yield


@pytest.mark.usefixtures("aws_environment", "_ground")
def test_what_a_person_wrote_is_answered_once_by_whoever_owns_them():
    Inbox.TestCase.settings = settings(max_examples=20, stateful_step_count=25, derandomize=True)
    Inbox.TestCase().runTest()
