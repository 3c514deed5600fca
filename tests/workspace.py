"""An ElevenLabs workspace in memory, and a deployment whose ticks look at it."""

from __future__ import annotations

from datetime import timedelta

from conversation.batches import Batch, ListedCall, Recipient, Stage
from conversation.calls import CallDirection, CallState
from conversation.eligibility import Why
from conversation.signals import Recorded
from functions.batch_monitor.follow_batches import BatchFollower
from functions.batch_monitor.follow_calls import CallFollower
from functions.batch_monitor.settle import Settlement
from functions.batch_monitor.watch import Watch
from tests.calls import NOW, Bells, MemoryDecisions, MemoryStarts, a_call, a_continuation


class Workspace:
    """An ElevenLabs workspace in memory; counts what it is asked."""

    def __init__(self):
        self.rows = {}
        self.people = {}
        self.documents = {}
        self.listed = []
        self.asked = []
        self.fault = None
        self.broken = {}
        """What answers with an error whenever it is asked for."""

    def add(self, batch_id, *recipients, status="completed", moved=NOW, **more):
        self.rows[batch_id] = Batch(
            batch_id=batch_id, agent_id=more.pop("agent_id", "agent_1"), status=status,
            finished=status == "completed", updated_unix=int(moved.timestamp()),
            dispatched=len(recipients), **more,
        )  # fmt: skip
        self.people[batch_id] = [recipient for recipient, _ in recipients]
        self.documents |= {r.call_id: call for r, call in recipients if r.call_id}

    def batches(self):
        self._ask("batches")
        for batch in self.rows.values():
            yield [batch]

    def recipients(self, batch_id):
        self._ask(batch_id)
        return self.people[batch_id]

    def calls(self, *, after_unix):
        self._ask("calls")
        yield [row for row in self.listed if row.started_unix > after_unix]

    def call(self, call_id):
        self._ask(call_id)
        return self.documents.get(call_id, Why.CALL_GONE)

    def _ask(self, what):
        self.asked.append(what)
        if self.fault and what == self.fault[0]:
            raise self.fault[1]
        if what in self.broken:
            raise self.broken[what]


def one(number, *, minutes_ago=5.0, stage=Stage.COMPLETED, batch_id="btcal_1", **more):
    """A recipient and the call with them."""
    call_id, recipient_id = f"conv_{number}", f"rcpt_{number}"
    recipient = Recipient(
        recipient_id=recipient_id,
        stage=stage,
        updated_at=NOW - timedelta(minutes=minutes_ago),
        call_id=call_id,
    )
    call = a_call(
        minutes_ago,
        call_id=call_id,
        recipient_id=recipient_id,
        batch_id=batch_id,
        number=f"+5730000{number:05}",
        **more,
    )
    return recipient, call


class Deployment:
    """One deployment over a workspace: everything that a tick needs."""

    def __init__(self, workspace, *, first_start=NOW - timedelta(days=30), **variables):
        self.workspace = workspace
        self.starts = MemoryStarts(first_start=first_start)
        self.decisions = MemoryDecisions()
        self.bells = Bells()
        self.signals = Recorded()
        self.now = NOW
        self.variables = variables
        self.mix = lambda _: None
        self.room = lambda: True
        self.mix_followers = lambda _: None

    def tick(self, time_left_s=lambda: 60.0, spread=map, pace=None):
        self.workspace.asked.clear()
        continuation = a_continuation(
            self.starts, bells=self.bells, signals=self.signals, pace=pace,
            room=self.room, **self.variables,
        )  # fmt: skip
        settings, clock = continuation.settings, lambda: self.now
        settlement = Settlement(
            settings=settings, calls=self.workspace, continuation=continuation,
            decisions=self.decisions, signals=self.signals, clock=clock,
        )  # fmt: skip
        followed = {
            "settings": settings, "provider": self.workspace, "progress": self.decisions,
            "settlement": settlement, "spread": spread, "clock": clock,
            "room": continuation.worth_bringing,
        }  # fmt: skip
        batches = BatchFollower(signals=self.signals, mix=self.mix, **followed)
        followers = (batches, CallFollower(**followed))
        Watch(
            first_start=self.starts.first_start,
            followers=followers,
            signals=self.signals,
            clock=clock,
            mix=self.mix_followers,
        ).tick(time_left_s)

    @property
    def openers(self):
        return [opener for opener in self.starts.openers if opener.reason is None]


def a_single(number, state=CallState.DONE, direction=CallDirection.OUTBOUND, **more):
    _, call = one(number, direction=direction, **more)
    listed = ListedCall(
        call_id=call.call_id, agent_id=call.agent_id, state=state, direction=direction,
        started_unix=int(call.ended_at.timestamp()) - 60,
    )  # fmt: skip
    return listed, call


def a_workspace_of(*singles):
    workspace = Workspace()
    workspace.listed = [listed for listed, _ in singles]
    workspace.documents = {listed.call_id: call for listed, call in singles}
    return workspace
