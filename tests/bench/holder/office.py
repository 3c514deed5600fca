"""The connector as it is, composed as ``connector/wiring.py`` does, around a ledger in memory.

Loop, dialer, channels, TLS, hub, door, dialogues, sessions, timers, strands, briefing, journal, the
JSON log and the tidying of garbage are the real ones. Not there: the network of tables and queues,
leases, health pages.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.agents import AgentFacts, Agents
from connector.choices import dialogues, new_worker, room_for, session_policy
from connector.dialer import Dialer
from connector.door import Door
from connector.ground import (
    LEDGER_THREADS,
    PROVIDER_THREADS,
    aws_of,
    now,
    signals_of,
)
from connector.hub import Hub
from connector.journal import Journal
from connector.ledger import Ledger
from connector.loop import Loop
from connector.measures import Measures
from connector.opening import Opening, Way, Ways
from connector.performing import Means
from connector.protocol import Metadata, dialect_named
from connector.resolver import Resolver
from connector.settings import load
from connector.strands import Aside, Strands
from connector.tidying import Tidying
from connector.trust import Trust
from conversation.adapters.identity import new_ulid
from conversation.identifiers import TurnKey
from conversation.leases import Owner

if TYPE_CHECKING:
    from connector.door import Room
    from connector.settings import ConnectorSettings
    from tests.bench.holder import ledger
    from tests.bench.holder.talking import Order

_NOWHERE = "http://127.0.0.1:9"
_FOREVER_S = 86_400.0
_SETTLING = 192
"""How many sessions settle at a time: for 0.1 s after their metadata, at most 1,920 a second."""

VALUES = {
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": _NOWHERE,
    "INBOX_QUEUE_URLS": f"{_NOWHERE}/123456789012/hilo-inbox-0",
    "OUTBOX_QUEUE_URL": f"{_NOWHERE}/123456789012/hilo-outbox.fifo",
    "ELEVENLABS_API_KEY": "a_key_for_measuring",
    "HEALTH_PORT": "0",
    "ACCOUNT_SESSION_LIMIT": "25000",
    "MAX_CONNECTIONS": "25000",
    "MAX_SESSION_S": "7200",
    # Nobody writes like a bench: the limits of floods would hold it back.
    "TURNS_A_MINUTE": "0",
    "TURNS_AN_HOUR": "0",
    "TURNS_A_DAY": "0",
}


class ForgetfulTrust(Trust):
    """Shakes hands in full each time."""

    def keep(self, *_: Any) -> None:
        """Nothing is kept."""


class Timed:
    """A dialect that tells when a message was said and when its answer was read.

    ``met`` counts the sessions that the server has named.
    """

    def __init__(self, dialect: Any) -> None:
        self._dialect = dialect
        self._asked: dict[str, float] = {}
        self.seconds: list[float] = []
        self.met = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    def user_message(self, text: str) -> str:
        self._asked[text] = time.perf_counter()
        return self._dialect.user_message(text)

    def read(self, raw: str) -> Any:
        event = self._dialect.read(raw)
        self.met += isinstance(event, Metadata)
        said = getattr(event, "text", None)
        if said is not None and (asked := self._asked.pop(said.removeprefix("oído: "), None)):
            self.seconds.append(time.perf_counter() - asked)
        return event


class Office:
    """One connector."""

    def __init__(self, order: Order, book: ledger.Ledger, **values: str) -> None:
        settings = load({**VALUES, **values})
        self.aws = aws_of(settings)  # never called, but as large as in production
        self.room = _room(settings, order)
        self.failures: list[str] = []
        self.loop = Loop(on_error=lambda error: self.failures.append(repr(error.__cause__)))
        self.dialect = Timed(dialect_named(settings.sockets.dialect))
        self.signals = signals_of(settings)
        self.measures = Measures()
        self.aside = Aside(lambda error: self.failures.append(repr(error)))
        chance = random.Random()
        self.strands = Strands(self.loop, threads=LEDGER_THREADS, chance=chance)
        self.provider_strands = Strands(self.loop, threads=PROVIDER_THREADS, chance=chance)
        journal = Journal(
            signals=self.signals,
            measures=self.measures,
            chronicle=book,
            aside=self.aside.put,
            now=now,
            worker=new_worker(settings, new_ulid()),
        )
        agents = Agents(
            self.loop, lambda _: FACTS, strands=self.provider_strands, signals=self.signals
        )
        means = Means(
            new_dialogue=dialogues(settings, agents, self.dialect, chance=chance, new_id=new_ulid),
            ledger=self._ledger(settings, book),
            strands=self.strands,
            opening=self._opening(settings, order, agents, journal),
            journal=journal,
            now=now,
            new_key=lambda: TurnKey(new_ulid()),
            aside=self.aside.put,
        )
        self.tidying = Tidying(self.loop, measures=self.measures, door=means.opening.door)
        self.hub = Hub(
            self.loop, means, shards=1, room=lambda _: self.room,
            sweep_s=settings.sockets.sweep_s,
        )  # fmt: skip

    def start(self) -> None:
        """Hold the shard, for good."""
        for part in (self.strands, self.provider_strands, self.aside):
            part.start()
        self.hub.start(lambda _: None)
        self.tidying.start()
        self.hub.shards.hold(Owner(epoch=1, shard=0), self.loop.now() + _FOREVER_S)

    def _ledger(self, settings: ConnectorSettings, book: ledger.Ledger) -> Ledger:
        return Ledger(
            contacts=book,
            turns=book,
            bells=book,
            signals=self.signals,
            words=settings.words.words(),
            now=now,
            remembered=settings.context.history_messages,
        )

    def _opening(
        self, settings: ConnectorSettings, order: Order, agents: Agents, journal: Journal
    ) -> Opening:
        trust = (Trust if order.resume else ForgetfulTrust)(cafile=order.ca)
        self.dialer = Dialer(self.loop, trust=trust, resolver=Resolver(self.loop))
        headers = {"xi-api-key": settings.elevenlabs.api_key}

        def way(agent_id: str, /, **_: str | None) -> Way:
            number = int(agent_id.rpartition("_")[2])
            return Way(order.url(number), headers)

        return Opening(
            door=Door(self.room),
            agents=agents,
            ways=Ways(way, asks=False),
            soon=self.loop.call_soon,
            dial=self.dialer.dial,
            dialect=self.dialect,
            policy=session_policy(settings),
            strands=self.provider_strands,
            journal=journal,
        )


def _room(settings: ConnectorSettings, order: Order) -> Room:
    """As many handshakes as the others have: they count one until its metadata, we until ready."""
    return replace(room_for(settings, 1), handshakes=order.parallel + _SETTLING)


FACTS = AgentFacts(
    greets=False,
    client_events=frozenset({"agent_response", "agent_response_complete", "ping"}),
    max_session_s=7200.0,
    text_only=True,
)
