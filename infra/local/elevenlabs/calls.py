"""Calls by phone: how a call goes on with time, from being queued to being analysed.

Nothing here waits: ``advance`` is given the time and brings every call to where it must be by
then. A call that was running when the simulator stopped goes on when it starts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.elevenlabs.agents import absent_variables
from infra.local.elevenlabs.call_phases import NEXT, TALKING, UNTAKEN, Outcome, Phase
from infra.local.elevenlabs.shapes import as_object

if TYPE_CHECKING:
    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.call_records import CallRecords
    from infra.local.elevenlabs.ids import Ids
    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.store import Store


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that somebody asked for, not to be dialled before ``not_before``.

    With ``at_once`` it waits for no free line, as a single call does that is not of a batch.
    """

    agent: Agent
    number: str
    initiation: Json
    outcome: Outcome
    not_before: float
    batch_call: Json | None = None
    at_once: bool = False


class Calls:
    """The calls in the store."""

    def __init__(self, *, store: Store, ids: Ids, records: CallRecords) -> None:
        self._store = store
        self._ids = ids
        self._records = records
        self._running = {
            str(call["conversation_id"]): call
            for call in store.all("call")
            if call["phase"] != Phase.OVER
        }

    def place(self, wanted: list[Wanted], settings: SimulatorSettings) -> list[Json]:
        """Queue calls; give their records, whose ``conversation_id`` is known at once."""
        placed = [self._record(one, settings) for one in wanted]
        self._store.put_all([("call", call["conversation_id"], call) for call in placed])
        self._running.update((str(call["conversation_id"]), call) for call in placed)
        return placed

    def running(self) -> list[Json]:
        """The calls that are not over, the first placed first."""
        return list(self._running.values())

    def advance(self, settings: SimulatorSettings, now: float) -> list[Json]:
        """Bring every call to where it is at ``now``; give those that moved."""
        lines_taken = sum(call["phase"] in TALKING for call in self.running())
        moved = []
        for call in self.running():
            before = Phase(call["phase"])
            if before is Phase.PENDING and lines_taken >= settings.calls_at_once:
                continue
            self._advance(call, settings, now)
            after = Phase(call["phase"])
            lines_taken += (after in TALKING) - (before in TALKING)
            if after is not before:
                moved.append(call)
        self._store.put_all([("call", call["conversation_id"], call) for call in moved])
        return moved

    def end(self, conversation_id: str, now: float, by: str = "control") -> bool:
        """End a call that is being talked; tell whether there was one."""
        call = self._running.get(conversation_id)
        if call is None or call["phase"] != Phase.IN_PROGRESS:
            return False
        call["due_at"], call["ended_by"] = now, by
        return True

    def cancel(self, conversation_id: str) -> bool:
        """Forget a call that was not dialled yet; tell whether there was one."""
        call = self._running.get(conversation_id)
        if call is None or call["phase"] not in {Phase.PENDING, Phase.DISPATCHED}:
            return False
        del self._running[conversation_id]
        return self._store.delete("call", conversation_id)

    def clear(self) -> None:
        """Forget the calls that run; the store is cleared by its owner."""
        self._running.clear()

    def _record(self, wanted: Wanted, settings: SimulatorSettings) -> Json:
        failure = _unable(wanted)
        return {
            "conversation_id": self._ids.new("conv"),
            "agent_id": wanted.agent.agent_id,
            "number": wanted.number,
            "initiation": wanted.initiation,
            "outcome": Outcome.FAILED if failure else wanted.outcome,
            "failure": failure,
            "batch_call": wanted.batch_call,
            "phase": Phase.DISPATCHED if wanted.at_once else Phase.PENDING,
            "due_at": wanted.not_before,
            "call_seconds": settings.call_seconds,
            "ended_by": None,
        }

    def _advance(self, call: Json, settings: SimulatorSettings, now: float) -> None:
        if call["phase"] == Phase.PENDING and call["due_at"] <= now:
            call["due_at"] = now  # it may have waited for a free line
        while call["phase"] != Phase.OVER and call["due_at"] <= now:
            self._enter(call, _next(call), settings)
        if call["phase"] == Phase.OVER:
            self._running.pop(call["conversation_id"], None)
        elif call["phase"] == Phase.IN_PROGRESS:
            self._records.grow(call, now)

    def _enter(self, call: Json, phase: Phase, settings: SimulatorSettings) -> None:
        at = float(call["due_at"])
        call["phase"] = phase
        if phase in (Phase.DISPATCHED, Phase.INITIATED):
            call["due_at"] = at + min(0.3, call["call_seconds"] / 10)
        if phase is Phase.INITIATED:
            self._records.begin(call, float(call["due_at"]))
        if phase is Phase.IN_PROGRESS:
            call["due_at"] = at + self._records.talk_seconds(call)
            self._records.answered(call)
        if phase is Phase.PROCESSING:
            call["due_at"] = at + settings.processing_seconds
            self._records.hang_up(call, at)
        if phase is Phase.OVER:
            self._records.finish(call, at)


def _unable(wanted: Wanted) -> str | None:
    """Why the agent cannot hold this call at all: a variable of its texts was not given."""
    given = as_object(wanted.initiation.get("dynamic_variables"))
    for where, text in (
        ("first message", wanted.agent.first_message),
        ("prompt", wanted.agent.prompt),
    ):
        absent = absent_variables(text, given)
        if absent:
            return f"Missing required dynamic variables in {where}: {absent}"
    return None


def _next(call: Json) -> Phase:
    untaken = call["phase"] == Phase.INITIATED and call["outcome"] in UNTAKEN
    return Phase.OVER if untaken else NEXT[Phase(call["phase"])]
