"""Builders for calls and for what continues them, and fakes of the ports."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conversation.batches import Outcome, Record
from conversation.calls import Call, CallDirection, CallResult, CallState
from conversation.errors import Transient
from conversation.identifiers import AgentId, CallId, ContactId, MessageKey
from conversation.pacing import Unpaced
from conversation.settings import read
from conversation.signals import Recorded
from conversation.starting import Begun, Changed, Continuation, Known
from conversation.state import ConversationState
from conversation.variables import StartSettings
from conversation.words import Language, Words

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST_START = NOW - timedelta(days=30)
NUMBER = "+573138539155"
AGENT = "agent_1"
SID = "HX" + "a" * 32
PEPPER = "pepper"


def a_call(minutes_ago: float = 5, **more) -> Call:
    given = {
        "call_id": CallId("conv_1"),
        "agent_id": AgentId(AGENT),
        "number": NUMBER,
        "direction": CallDirection.OUTBOUND,
        "state": CallState.DONE,
        "result": CallResult.ANSWERED,
        "ended_at": NOW - timedelta(minutes=minutes_ago),
        "duration_s": 60,
        "batch_id": "btcal_1",
        "recipient_id": "rcpt_1",
        "language": "es",
        "summary": "Hablaron del pedido 7431.",
        "dynamic_variables": {"nombre": "Ana", "pedido": "7431", "system__time": "x"},
    }
    return Call(**(given | more))


def start_settings(**variables: str) -> StartSettings:
    """As written in the environment; with a template, unless told otherwise."""
    return read(StartSettings, {"OPENER_CONTENT_SID": SID} | variables)


def some_words(business: str = "Acme", **overrides: str) -> Words:
    return Words(business, Language.ES, overrides)


class Bells(list):
    """Remembers what was rung."""

    broken = False

    def ring(self, bell):
        if self.broken:
            raise Transient("no queue", reason="queue_unavailable")
        self.append(bell)

    def kinds(self):
        return [bell.kind.value for bell in self]


class MemoryStarts:
    """A ``Starts`` in memory. ``meanwhile`` runs once between a decision and its transaction."""

    def __init__(self, *states: ConversationState, first_start: datetime = FIRST_START) -> None:
        self.states = {state.contact_id: state for state in states}
        self.started: dict[CallId, Known] = {}
        self.aliases: dict[ContactId, ContactId] = {}
        self.begun_at = first_start
        self.meanwhile = None

    def first_start(self, now):
        return self.begun_at

    def behind(self, alias):
        return self.aliases.get(alias)

    def state(self, contact_id):
        return self.states.get(contact_id, ConversationState(contact_id=contact_id))

    def find(self, call_id):
        return self.started.get(call_id)

    def begin(self, start):
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if start.call_id in self.started:
            return self.started[start.call_id]
        contact_id = start.before.contact_id
        if self.state(contact_id) != start.before:
            return Changed()
        self.states[contact_id] = start.after
        self.started[start.call_id] = Known(contact_id, start.opener)
        return Begun()

    @property
    def openers(self):
        return [known.opener for known in self.started.values()]

    def change(self, **fields):
        """What another writer does to the only state there is."""
        ((contact_id, state),) = self.states.items()
        self.states[contact_id] = replace(state, **fields)


def a_continuation(
    starts, *, bells=None, signals=None, words=None, pace=None, room=lambda: True, **variables
) -> Continuation:
    numbers = itertools.count(1)
    return Continuation(
        settings=start_settings(**variables),
        words=words or some_words(),
        pepper=PEPPER,
        starts=starts,
        bells=Bells() if bells is None else bells,
        signals=Recorded() if signals is None else signals,
        new_key=lambda: MessageKey(f"{next(numbers):026}"),
        pace=pace or Unpaced(),
        room=room,
    )


class MemoryDecisions:
    """Decisions and marks in memory, with the same rule as the table's."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], tuple[Record, object]] = {}
        self.batch_marks = {}

    def record(self, batch_id, recipient_id, call_id, decision, now):
        kept = self.records.get((batch_id, recipient_id))
        final = kept and kept[0].settles(call_id) and decision.outcome is not Outcome.STARTED
        if not final:
            record = Record(call_id, decision.outcome, now)
            self.records[batch_id, recipient_id] = (record, decision.reason)

    def marks(self, batch_ids):
        return {b: self.batch_marks[b] for b in batch_ids if b in self.batch_marks}

    def mark(self, batch_id, mark, now):
        self.batch_marks[batch_id] = mark

    def of(self, batch_id):
        return {r: kept[0] for (b, r), kept in self.records.items() if b == batch_id}

    def among(self, batch_id, recipient_ids):
        known = self.of(batch_id)
        return {r: known[r] for r in recipient_ids if r in known}

    def told(self):
        """Outcome and reason by recipient."""
        return {r: (kept[0].outcome.value, kept[1]) for (_, r), kept in self.records.items()}
