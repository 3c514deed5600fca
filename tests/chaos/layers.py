"""A directed trace: which layer refuses the late answer of an owner that was overtaken.

The epoch, the condition ASKED and the key of the answer back each other up, so that a run without
one of them stays green. Here they are taken out one after the other, over the real tables on moto.
So does the waiting notice: the answer of an owner who woke so late that it is due brings its end.

    A asks the turn · A is paused · B takes over, asks it again and answers · A wakes and commits
"""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from moto import mock_aws

from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence
from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.tables import Tables
from conversation.adapters.tables.turns import TurnTable
from conversation.answers import Answer
from conversation.doorbells import BellKind
from conversation.errors import Fenced, Transient
from conversation.leases import Owner
from conversation.messages import Direction, InboundState, Kind, Message
from conversation.signals import Recorded
from conversation.turns import next_turn
from conversation.variables import AwsSettings
from tests.aws import PREFIX, REGION, create_all
from tests.chaos.mutated import unguarded
from tests.letters import Letters

EPOCH, ASKED, KEY, NOTICE = "epoch", "asked", "key", "notice"
LAYERS = {EPOCH: "state", ASKED: "message", KEY: "part", NOTICE: "notice"}
"""Each layer, and the label of the write whose condition it is."""

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
QUESTION = "01" + "5" * 24


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the late answer."""

    refused_by: str | None
    """The layer whose condition refused it first; ``None``: nobody did."""
    answers: int
    """How many answers the person gets."""


class _Watching(Fence):
    """Notes which writes were refused, and leaves conditions out."""

    def __init__(self, tables, out, **words):
        super().__init__(tables, **words)
        self._out = out
        self.refused = []

    def commit(self, transaction):
        labels = {LAYERS[layer] for layer in self._out}
        for writes in (transaction._updates, transaction._puts):
            writes[:] = [
                unguarded(entry) if entry[0].partition(":")[0] in labels else entry
                for entry in writes
            ]
        refused = transaction.commit()
        self.refused += [{label.partition(":")[0] for label in refused}] if refused else []
        if "state" in refused:
            raise Fenced("overtaken", reason="fenced")
        return refused


@dataclass(slots=True)
class _World:
    out: frozenset[str]
    slow: bool
    fence: _Watching = field(init=False)

    def play(self) -> Told:
        create_all()
        tables = Tables(AwsSettings(REGION, None, PREFIX))
        tokens = (f"token-{n}" for n in itertools.count())
        self.fence = _Watching(
            tables, self.out, pace=time, chance=random.Random(1), new_token=lambda: next(tokens)
        )
        contacts = ContactTable(
            self.fence, Poison(tables, Letters(), Recorded(), kind=BellKind.INBOX)
        )
        turns = TurnTable(self.fence, shards=4)
        message = Message(
            contact_id=ANA, message_key=QUESTION, conversation_id=ANA, kind=Kind.MESSAGE,
            direction=Direction.INBOUND, content="hola", state=InboundState.NEW, sent_at=NOW,
        )  # fmt: skip
        item_of(tables.messages, message, shards=4).save()
        late = self._asks(contacts, turns, Owner(5, 1), "conv_a")
        in_time = self._asks(contacts, turns, Owner(6, 1), "conv_b")
        turns.answer(in_time, Owner(6, 1), NOW)
        self.fence.refused.clear()
        with contextlib.suppress(Fenced, Transient):
            turns.answer(replace(late, notice_unsent=self.slow), Owner(5, 1), NOW)
        said = [m for m in contacts.read(ANA, None, 50) if m.kind is Kind.REPLY]
        return Told(self._first(), len({m.session for m in said}))

    def _asks(self, contacts, turns, owner, session):
        state = contacts.touch(ANA, owner)
        turn = next_turn(contacts.read(ANA, None, 50))
        assert turn is not None
        assert turns.ask(turn, owner, session, state, NOW)
        return Answer(
            turn=turn, parts=(f"answer of {session}",), final=True, first_ordinal=1, open=True,
            notice_unsent=False, session=session, event_id="1", latency_ms=1,
        )  # fmt: skip

    def _first(self) -> str | None:
        for layer, label in LAYERS.items():
            if self.fence.refused and label in self.fence.refused[0]:
                return layer
        return None


def trace(*out: str, slow: bool = False) -> Told:
    """Play it without these layers; ``slow``: A wakes when its waiting notice is due."""
    with mock_aws():
        return _World(frozenset(out), slow).play()


def traces() -> dict[str, str]:
    """Each layer taken out in turn, and who refused then: for the last line of the mutants."""
    found = {}
    for out in ((), (EPOCH,), (ASKED,), (KEY,), (EPOCH, ASKED), (EPOCH, KEY), (EPOCH, ASKED, KEY)):
        found["without " + ", ".join(out) if out else "whole"] = _how(trace(*out))
    slow = trace(EPOCH, ASKED, KEY, slow=True)
    found["without epoch, asked, key, where its notice was due"] = _how(slow)
    return found


def _how(told: Told) -> str:
    return f"refused by {told.refused_by}" if told.refused_by else f"{told.answers} answers"
