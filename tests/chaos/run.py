"""One run: start everything, let people write while the nemesis strikes, judge what was seen."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import httpx

from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from tests.chaos import checker, report
from tests.chaos.facts import token_of
from tests.chaos.fleet import AGENT, running
from tests.chaos.nemesis import Nemesis
from tests.chaos.observe import all_sessions, facts_of
from tests.chaos.people import People
from tests.chaos.plan import number_of, sayings, strikes
from tests.chaos.repeats import Repeats
from tests.chaos.tracing import Tracing, sequential

if TYPE_CHECKING:
    from pathlib import Path

    from conversation.identifiers import ContactId
    from tests.chaos.checker import Verdict
    from tests.chaos.facts import Facts
    from tests.chaos.fleet import Fleet, Place
    from tests.chaos.plan import Plan
    from tests.chaos.tracing import Steps

LOOK_EVERY_S = 3.0
LOOKED_AT = 200
"""People at a time: ten thousand chats every three seconds would be the run's greatest load."""
PROBED_WITHIN_S = 45.0
COUNTED = ("inbound_sequential", "outbound_sequential")
PROBE = 900
"""The number of the message that asks a silent conversation whether it still lives."""


def tell(line: str) -> None:
    sys.stdout.write(f"  {time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def run(plan: Plan, folder: Path) -> dict[str, object]:
    """The last line of the run. Everything it started is stopped when this returns."""
    return watched(plan, folder)[0]


def watched(plan: Plan, folder: Path) -> tuple[dict[str, object], int]:
    """The same, and how many faults of our own the processes logged."""
    tell(f"seed {plan.seed}: {plan.conversations} conversations, {plan.connectors} connectors")
    with running(plan, folder) as (fleet, place):
        tell(f"up; logs in {place.logs}")
        line = asyncio.run(_Run(plan, fleet, place).play())
        return line, report.counted_events(place.logs, ("defect_found",))["defect_found"]


class _Run:
    def __init__(self, plan: Plan, fleet: Fleet, place: Place) -> None:
        self._plan = plan
        self._place = place
        self._fleet = fleet
        self._everybody = list(range(plan.conversations))
        self._nemesis = Nemesis(fleet, tell)

    async def play(self) -> dict[str, object]:
        # A connection that is kept is a connection that may just have been closed.
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=0)
        common = {"timeout": 60, "trust_env": False, "limits": limits}
        async with (
            httpx.AsyncClient(base_url=self._place.twilio, **common) as self._twilio,
            httpx.AsyncClient(base_url=self._place.elevenlabs, **common) as self._elevenlabs,
            httpx.AsyncClient(base_url=self._place.wires, **common) as self._wires,
        ):
            self._people = People(self._twilio)
            self._repeats = Repeats(self._plan, self._twilio)
            follower = asyncio.create_task(self._repeats.follow())
            try:
                return await self._play()
            finally:
                follower.cancel()
                await asyncio.gather(follower, return_exceptions=True)

    async def _play(self) -> dict[str, object]:
        steps = await self._traced() if self._plan.traced else dict.fromkeys(COUNTED)
        before = (await self._wires.get("/")).json()["counts"]
        await self._switch_on()
        began = time.time()
        if self._plan.called:
            await self._call_out()
        await asyncio.gather(
            self._people.write_all(sayings(self._plan), began),
            self._nemesis.strike_all(strikes(self._plan), began),
        )
        tell(f"all was written in {time.time() - began:.0f} s; waiting for the answers")
        facts = await self._settled()
        told = (await self._wires.get("/")).json()
        told["struck"] |= await self._struck()
        verdict = checker.judge(facts)
        stuck = await self._stuck(verdict)
        spent = report.total_calls(before, told["counts"])
        total = round(spent / len(facts.wrote), 1) if facts.wrote else None
        calls = report.counted_steps(steps) | {"total": total}
        return self._told(facts, verdict, stuck, told, calls)

    async def _traced(self) -> dict[str, Steps]:
        """What a message waits for, on the quiet system."""
        tracing = Tracing(self._people, self._wires, self._elevenlabs, self._contact)
        steps = await sequential(tracing)
        first_touch = steps.pop("first_touch") or ()
        tell(f"a first message waits for {len(first_touch)} calls: {', '.join(first_touch)}")
        return steps

    async def _switch_on(self) -> None:
        aws, sockets = self._plan.aws, self._plan.sockets
        words = {
            "aws": {name: getattr(aws, name) for name in aws.__slots__},
            "sockets": {name: getattr(sockets, name) for name in sockets.__slots__},
        }
        (await self._wires.post("/faults", json=words)).raise_for_status()
        faults = {"seed": self._plan.seed, "faults": list(self._plan.twilio)}
        (await self._twilio.post("/_sim/faults", json=faults)).raise_for_status()
        keep = {"sessions_kept": 1_000_000}
        (await self._elevenlabs.post("/_sim/settings", json=keep)).raise_for_status()
        agent = self._plan.agent
        (await self._elevenlabs.post("/_sim/faults", json=agent)).raise_for_status()

    async def _struck(self) -> dict[str, int]:
        """What the simulator of Twilio did, by kind, and the repeated webhooks."""
        faults = (await self._twilio.get("/_sim/faults")).json()["faults"]
        return {f["kind"]: f["fired"] for f in faults if f["fired"]} | self._repeats.did

    async def _call_out(self) -> None:
        """A batch calls some people: each is to be written to, once."""
        ease = {"calls_at_once": 50, "call_seconds": 1.0}
        (await self._elevenlabs.post("/_sim/settings", json=ease)).raise_for_status()
        people = [
            {
                "phone_number": number_of(person),
                "conversation_initiation_client_data": {"dynamic_variables": {"name": "Ana"}},
            }
            for person in range(self._plan.called)
        ]
        batch = {
            "call_name": "chaos",
            "agent_id": AGENT,
            "agent_phone_number_id": "phnum_chaos",
            "recipients": people,
        }
        key = {"xi-api-key": self._place.environment["ELEVENLABS_API_KEY"]}
        answer = await self._elevenlabs.post(
            "/v1/convai/batch-calling/submit", json=batch, headers=key
        )
        answer.raise_for_status()

    async def _settled(self) -> Facts:
        """What was seen, once everything is answered or nothing more is hoped for."""
        written_at = time.time()
        until = written_at + self._plan.settle_s
        waiting = self._everybody
        while waiting and time.time() < until:
            first, rest = waiting[:LOOKED_AT], waiting[LOOKED_AT:]
            chats = await self._people.chats(first)
            owed = [p for p in first if self._is_owed(p, chats[p])]
            waiting = [*owed, *rest]
            await asyncio.sleep(LOOK_EVERY_S if owed else 0)
        # Whatever is sent twice is sent soon after, or when a lost answer is looked for.
        in_doubt_s = written_at + self._plan.doubtful_s - time.time()
        await asyncio.sleep(max(self._plan.linger_s, in_doubt_s))
        return await self._seen()

    def _is_owed(self, person: int, chat: list[dict]) -> bool:
        """Whether an answer, or an opener, is still to come."""
        called = frozenset({person} if person < self._plan.called else ())
        nothing_else = {"webhooks": [], "requests": []}
        facts = facts_of(
            chats={person: chat}, log=nothing_else, sessions=(), kills=(), called=called
        )
        return bool(checker.lost(facts))

    async def _seen(self) -> Facts:
        return facts_of(
            chats=await self._people.chats(self._everybody),
            log=(await self._twilio.get("/_sim/log")).json(),
            sessions=await all_sessions(self._elevenlabs),
            kills=self._nemesis.kills,
            called=frozenset(range(self._plan.called)),
        )

    async def _stuck(self, verdict: Verdict) -> list[str]:
        """Conversations that lost a message, and do not even answer a new one."""
        silent = sorted({_author(words) for words in verdict.lost})
        if not silent:
            return []
        tell(f"lost: {verdict.lost[:8]}; asking {len(silent)} silent people to write again")
        for person in silent:
            await self._people.write(person, f"¿sigue ahí? {token_of(person, PROBE)}")
        until = time.time() + PROBED_WITHIN_S
        while silent and time.time() < until:
            await asyncio.sleep(LOOK_EVERY_S)
            chats = await self._people.chats(silent)
            silent = [p for p in silent if not _answers(chats[p], token_of(p, PROBE))]
        return [f"p{person}" for person in silent]

    def _told(
        self, facts: Facts, verdict: Verdict, stuck: list[str], told: dict, calls: dict
    ) -> dict[str, object]:
        for name in verdict.__slots__:
            for case in getattr(verdict, name)[:8]:
                tell(f"{name}: {case}")
        shards = len(self._place.environment["INBOX_QUEUE_URLS"].split(","))
        logged = report.counted_events(
            self._place.logs, ("commit_fenced", "duplicate_sent", "defect_found", "turn_given_up")
        )
        tell(f"logged: {logged}")
        recovered = checker.recoveries(facts, lambda p: shard_of(self._contact(p), shards))
        waits = checker.waits(facts)
        slow = [checker.quantile(waits, part) or 0.0 for part in (0.5, 0.95, 0.99)]
        tell(f"answered after p50, p95, p99: {[round(seconds, 1) for seconds in slow]} s")
        tell(f"asked more than once: {len(checker.asked_again(facts))}")
        tell(f"recovered after {[round(seconds, 1) for seconds in recovered]} s")
        return report.last_line(
            self._plan,
            verdict,
            messages=len(facts.wrote),
            stuck=stuck,
            faults=dict(self._nemesis.did) | told["struck"],
            fenced=logged["commit_fenced"],
            recovered=recovered,
            calls=calls,
        )

    def _contact(self, person: int) -> ContactId:
        pepper = self._place.environment["HILO_PEPPER"]
        return contact_id_of(f"whatsapp:{number_of(person)}", pepper)


def _author(words: str) -> int:
    """``#tok-p7-2`` and ``opener of p7`` are both of person 7."""
    return int(words.rpartition("p")[2].partition("-")[0])


def _answers(chat: list[dict], token: str) -> bool:
    return any(not row["mine"] and token in row["body"] for row in chat)
