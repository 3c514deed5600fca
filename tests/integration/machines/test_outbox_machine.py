"""One message, two senders, Twilio's reports, an opt-out and an operator: over the real tables.

The model is what Twilio took. Senders may stop at any point for good; reports come late, twice
and in any order, also those of a sending that was replayed since.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from conversation.adapters.tables.buried import BuriedTable
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.mapping import item_of, message_of
from conversation.adapters.tables.outbox import OutboxTable
from conversation.adapters.tables.poison import Poison
from conversation.delivery import aftermath, fault_of
from conversation.doorbells import BellKind
from conversation.messages import UNFINISHED_OUTBOUND, Direction, Kind, Message, OutboundState
from conversation.outbox import CLAIM_FRESH_S, Go, judge, needs_of
from conversation.signals import Recorded
from tests.integration.machines.ground import ground
from tests.letters import Letters

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RANKS = {OutboundState.SENT: 1, OutboundState.DELIVERED: 2, OutboundState.READ: 3}
LOOK_AFTER_S = 60.0
SENDERS = st.sampled_from(["one", "two"])
GROUND = None


class Sender:
    """A process: what it read, and the claim it holds."""

    def __init__(self):
        self.read = None
        self.claim = None
        self.claimed_at = None
        self.sid = None


class Outbox(RuleBasedStateMachine):
    """Every rule is one call of an adapter, or one act of the world."""

    def __init__(self):
        super().__init__()
        self.contact = GROUND.a_contact()
        self.turn = GROUND.a_key()
        tables, words = GROUND.tables, GROUND.words
        poison = Poison(tables, Letters(), Recorded(), kind=BellKind.OUTBOX)
        self.outbox = OutboxTable(tables, shards=4, poison=poison, **words)
        self.deliveries = DeliveryTable(tables, shards=4, **words)
        self.graves = BuriedTable(tables, shards=4, **words)
        self.key = f"{self.turn}~001"
        message = Message(
            contact_id=self.contact, message_key=self.key, conversation_id=self.contact,
            direction=Direction.OUTBOUND, kind=Kind.REPLY, content="hola",
            state=OutboundState.PENDING, sent_at=NOW,
        )  # fmt: skip
        item_of(tables.messages, message, shards=4).save()
        tables.state(self.contact, last_inbound_at=NOW).save()
        self.seconds = 0.0
        self.senders = {"one": Sender(), "two": Sender()}
        self.claims = 0
        self.taken = []
        """The sids of this sending, since it was last replayed."""
        self.former = []
        self.opted_out = False
        self.claims_after_opt_out = 0
        self.rank = 0

    # -- what is looked at -----------------------------------------------------------------------

    @property
    def now(self):
        return NOW + timedelta(seconds=self.seconds)

    @property
    def item(self):
        return GROUND.tables.messages.get(self.contact, self.key, consistent_read=True)

    @property
    def stored(self):
        return self.deliveries.find(self.contact, self.key)

    # -- the senders -----------------------------------------------------------------------------

    @rule()
    def both_read(self):
        for sender in self.senders.values():
            sender.read = self.outbox.open(self.contact, self.key)

    def _one_of(self, data, able):
        return data.draw(st.sampled_from([s for s in self.senders.values() if able(s)]))

    @precondition(lambda self: any(s.read for s in self.senders.values()))
    @rule(data=st.data())
    def claims_what_it_read(self, data):
        sender = self._one_of(data, lambda each: each.read)
        message = next(m for m in sender.read.messages if m.message_key == self.key)
        needs = needs_of(message, sandbox=False)
        if message.state is not OutboundState.PENDING or not isinstance(
            judge(needs, sender.read.state, self.now), Go
        ):
            return
        self.claims += 1
        claim = f"claim-{self.claims}"
        if self.outbox.claim(message, claim, needs, self.now):
            self.claims_after_opt_out += self.opted_out
            sender.claim, sender.claimed_at, sender.sid = claim, self.seconds, None
            sender.read = None

    def _may_post(self, sender):
        fresh = sender.claim and self.seconds - sender.claimed_at < CLAIM_FRESH_S
        return fresh and sender.sid is None

    @precondition(lambda self: any(map(self._may_post, self.senders.values())))
    @rule(data=st.data(), answered=st.booleans())
    def posts_while_its_claim_is_fresh(self, data, answered):
        sender = self._one_of(data, self._may_post)
        sid = f"SM{len(self.taken) + len(self.former)}-{self.contact}"
        self.taken.append(sid)
        sender.sid = sid if answered else "lost"

    @precondition(lambda self: any(map(_was_told, self.senders.values())))
    @rule(data=st.data())
    def records_what_it_was_told(self, data):
        sender = self._one_of(data, _was_told)
        self.outbox.sent(self._as_claimed(sender), sender.sid, self.now)
        sender.claim = None

    @precondition(lambda self: any(map(self._may_post, self.senders.values())))
    @rule(data=st.data())
    def is_refused_for_now(self, data):
        sender = self._one_of(data, self._may_post)
        self.outbox.release(self._as_claimed(sender), sender.claim)
        sender.claim = None

    @rule(who=SENDERS)
    def is_killed(self, who):
        self.senders[who] = Sender()

    @precondition(lambda self: self.stored.state is OutboundState.CLAIMED)
    @rule()
    def looks_for_a_claim_that_nobody_ended(self):
        """Twilio lists what it took; what it did not take is sent anew."""
        message = self.stored
        self.seconds += LOOK_AFTER_S
        if self.taken:
            self.deliveries.advance(message, OutboundState.DELIVERED, self.taken[-1], self.now)
        else:
            self.outbox.resend(message)

    def _as_claimed(self, sender):
        return self.stored if self.stored.claim == sender.claim else self._message(sender.claim)

    def _message(self, claim):
        return Message(
            contact_id=self.contact, message_key=self.key, conversation_id=self.contact,
            direction=Direction.OUTBOUND, kind=Kind.REPLY, content="hola", claim=claim,
            state=OutboundState.CLAIMED, sent_at=NOW,
        )  # fmt: skip

    # -- the world -------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1.0, 9.0]))
    def time_passes(self, seconds):
        self.seconds += seconds

    @precondition(lambda self: self.taken or self.former)
    @rule(data=st.data(), state=st.sampled_from(sorted(RANKS)))
    def twilio_reports_progress(self, data, state):
        sid = data.draw(st.sampled_from([*self.former, *self.taken]))
        moved = self.deliveries.advance(self.stored, state, sid, self.now)
        assert not (moved and sid in self.former), "a report of another sending"

    @precondition(lambda self: self.taken or self.former)
    @rule(data=st.data())
    def twilio_reports_failure(self, data):
        sid = data.draw(st.sampled_from([*self.former, *self.taken]))
        after = aftermath(
            self.stored, fault_of(63024), template=None, new_key=GROUND.a_key(), now=self.now
        )
        failed = self.deliveries.fail(self.stored, after, now=self.now, sid=sid)
        assert not (failed and sid in self.former), "a report of another sending"

    @precondition(lambda self: not self.opted_out)
    @rule(just_read=st.booleans())
    def the_person_opts_out(self, just_read):
        if just_read:
            self.both_read()
        state = GROUND.tables.state
        state(contact_id=self.contact).update([state.opted_out.set(True)])
        self.opted_out = True

    @precondition(lambda self: self.taken and not self.opted_out)
    @rule(state=st.sampled_from(sorted(RANKS)))
    def it_fails_is_replayed_and_the_old_report_comes_late(self, state):
        after = aftermath(
            self.stored, fault_of(63024), template=None, new_key=GROUND.a_key(), now=self.now
        )
        if self.deliveries.fail(self.stored, after, now=self.now, sid=self.taken[-1]):
            self.an_operator_replays()
            assert not self.deliveries.advance(self.stored, state, self.former[-1], self.now)

    @precondition(lambda self: self.stored.state is OutboundState.FAILED)
    @rule()
    def an_operator_replays(self):
        buried = self.graves.find(self.contact, self.key)
        if buried is not None and self.graves.replay([buried], self.now):
            assert not self.opted_out
            self.former += self.taken
            self.taken, self.rank = [], 0
            self.senders = {name: Sender() for name in self.senders}

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def it_all_holds_together(self):
        """One reading, and what must be true of it."""
        item = self.item
        message = message_of(item)
        assert len(self.taken) <= 1, "Twilio took it twice"
        assert self.claims_after_opt_out == 0, "claimed after an opt-out"
        if message.state in RANKS:
            assert message.twilio_message_id in self.taken
        self._its_rank_only_rises(message.state)
        self._the_index_has_it_while_something_remains_to_be_done(item)

    def _its_rank_only_rises(self, state):
        rank = 4 if state is OutboundState.FAILED else RANKS.get(state, 0)
        assert rank >= self.rank
        self.rank = rank

    def _the_index_has_it_while_something_remains_to_be_done(self, item):
        expected = "out" if item.state in UNFINISHED_OUTBOUND else None
        if item.state in {OutboundState.FAILED, OutboundState.UNSURE}:
            expected = "dead"
        assert (item.pending.partition("#")[0] if item.pending else None) == expected


def _was_told(sender):
    return sender.sid not in {None, "lost"} and sender.claim


@pytest.fixture(scope="module")
def _ground():
    global GROUND
    with ground() as GROUND:
        yield


@pytest.mark.usefixtures("aws_environment", "_ground")
def test_a_message_goes_out_once_whatever_happens_to_its_senders():
    Outbox.TestCase.settings = settings(max_examples=25, stateful_step_count=30, derandomize=True)
    Outbox.TestCase().runTest()
