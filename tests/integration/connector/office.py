"""A connector around a book in memory: everything real but the tables and the queues."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import UTC, datetime

from connector.agents import AgentFacts, Agents
from connector.breakers import BreakerPolicy, Breakers
from connector.briefing import Briefing
from connector.dialer import Dialer
from connector.dialogue.machine import Dialogue
from connector.dialogue.policy import DialoguePolicy
from connector.door import Door, Room
from connector.hub import Hub
from connector.journal import Journal
from connector.ledger import Ledger
from connector.loop import Loop
from connector.measures import Measures
from connector.opening import Opening, Way, Ways
from connector.pace import Pace
from connector.performing import Means
from connector.protocol import dialect_named
from connector.resolver import Resolver
from connector.session.policy import SessionPolicy
from connector.strands import Strands
from connector.trust import Trust
from conversation.leases import Owner
from conversation.signals import Recorded
from conversation.variables import ContextSettings, OpenPolicy
from conversation.words import Language, Words

ANA = "A" * 26
BEA = "B" * 26
ME = Owner(epoch=5, shard=0)


def key(number):
    return f"01{number:024}"


class Office:
    """One process's hub, driven by a test until something is so."""

    def __init__(
        self, book, url, *, dialect="convai", sockets=10, handshakes=3, session=None,
        shown=("agent_response_complete",), max_session_s=None, asks=False, lost_ways=(),
        **dialogue,
    ):  # fmt: skip
        self.failures = []
        self.book = book
        self.signals = Recorded()
        self.acks = []
        self.loop = Loop(on_error=self.failures.append)
        chance = random.Random(3)
        self.strands = Strands(self.loop, threads=3, chance=chance)
        words = Words("Hilo", Language.ES, {})
        context = ContextSettings(
            "client_name", "call_summary", "chat_history", "channel", 30, 4000
        )
        briefing = Briefing(settings=context, words=words)
        speech = dialect_named(dialect)
        policy = DialoguePolicy(
            **{
                "open_policy": OpenPolicy.LAZY, "debounce_s": 0.02, "notice_after_s": 5.0,
                "backoff_base_s": 0.02, "backoff_cap_s": 0.05,
            } | dialogue
        )  # fmt: skip
        self.journal = Journal(
            signals=self.signals, measures=Measures(), chronicle=book, aside=lambda work: work(),
            now=lambda: datetime.now(UTC), worker="w1",
        )  # fmt: skip
        pace = Pace(200.0, chance)
        self.door = Door(Room(sockets, handshakes), pace)
        breaker = BreakerPolicy(base_s=0.02, cap_s=0.1, configuration_s=0.2, probe_s=1.0)
        self.breakers = Breakers(chance, breaker)
        facts = AgentFacts(
            greets=False, client_events=frozenset(shown), max_session_s=max_session_s
        )

        def way(agent, **_):
            if lost_ways:
                raise lost_ways.pop(0)
            return Way(f"{url}/convai?agent_id={agent}", {"xi-api-key": "k"})

        opening = Opening(
            door=self.door,
            agents=Agents(
                self.loop, lambda _: facts, strands=self.strands, signals=self.signals
            ),
            ways=Ways(way, asks=asks),
            soon=self.loop.call_soon,
            dial=Dialer(self.loop, trust=Trust(), resolver=Resolver(self.loop)).dial,
            dialect=speech,
            policy=SessionPolicy(
                **{
                    "settle_s": 0.0, "greeting_wait_s": 0.0, "quiet_shown_s": 0.05,
                    "quiet_blind_s": 0.05, "answer_slow_s": 0.3,
                    "events_told": dialect != "classic",
                } | (session or {})
            ),
            strands=self.strands,
            journal=self.journal,
            pace=pace,
            breakers=self.breakers,
        )  # fmt: skip

        def brief(state, past):
            return briefing.initiation(state, past, text_only=True, conversation_id="ours")

        means = Means(
            new_dialogue=lambda contact: Dialogue(
                contact, policy=policy, dialect=speech, brief=brief, chance=chance
            ),
            ledger=Ledger(
                contacts=book, turns=book, bells=book, signals=self.signals, words=words,
                now=lambda: datetime.now(UTC), remembered=30,
            ),
            strands=self.strands,
            opening=opening,
            journal=self.journal,
            now=lambda: datetime.now(UTC),
            new_key=lambda: "01UNASKED00000000000000000",
            aside=lambda work: work(),
        )  # fmt: skip
        room = Room(sockets, handshakes)
        self.hub = Hub(self.loop, means, shards=1, room=lambda _: room, sweep_s=300)
        self.hub.start(lambda _: None)
        self.strands.start()

    def hold(self, owner=ME, seconds=60):
        self.hub.shards.hold(owner, self.loop.now() + seconds)
        self.until(lambda: not self.strands.pending)

    def ring(self, number, contact=ANA):
        self.hub.rung(contact, key(number), self.acks.append)

    def writes(self, number, text, contact=ANA):
        """A person writes, and the doorbell is rung for it."""
        self.book.write(contact, key(number), text)
        self.ring(number, contact)

    def until(self, condition, *, within_s=5.0):
        late = self.loop.call_later(within_s, lambda: None)
        while not condition():
            assert late.pending, f"it did not happen in time; {self.signals.names()}"
            self.loop.turn()
        late.cancel()

    def until_said(self, *texts, contact=ANA, within_s=5.0):
        self.until(lambda: self.book.said(contact) == list(texts), within_s=within_s)

    def linger(self, seconds):
        late = self.loop.call_later(seconds, lambda: None)
        while late.pending:
            self.loop.turn()

    def close(self):
        try:
            self.hub.abandon()
            self.until(lambda: not self.strands.pending)
            self.linger(0.05)
        finally:
            self.strands.stop()
            self.loop.close()


@contextmanager
def an_office(book, agent, *, hold=True, **how):
    """An office for a story. It hangs up at the end, also where the story failed."""
    office = Office(book, agent.url, **how)
    try:
        if hold:
            office.hold()
        yield office
    finally:
        office.close()
    assert office.failures == []
