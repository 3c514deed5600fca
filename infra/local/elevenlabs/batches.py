"""Batches of calls: submitted, shown, cancelled, called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.elevenlabs.call_phases import ENDINGS, Outcome, Phase
from infra.local.elevenlabs.call_records import PHONE_NUMBER_ID
from infra.local.elevenlabs.calls import Calls, Wanted
from infra.local.elevenlabs.shapes import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.ids import Ids
    from infra.local.elevenlabs.settings import SimulatorSettings
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.store import Store

FINISHED = frozenset({"completed", "failed", "cancelled", "voicemail"})
"""States of a recipient that do not change any more."""

_RECALLED = frozenset({"failed", "voicemail"})


class Batches:
    """The batches in the store. ``outcome`` tells how the next call to a number shall end."""

    def __init__(
        self, *, store: Store, ids: Ids, calls: Calls, outcome: Callable[[str], Outcome]
    ) -> None:
        self._store = store
        self._ids = ids
        self._calls = calls
        self._outcome = outcome

    def submit(self, request: Json, agent: Agent, settings: SimulatorSettings, now: float) -> Json:
        """Store the batch and queue its calls. The request was checked."""
        batch = self._new(request, agent, now)
        self._store.put("batch", batch["id"], batch)
        self._call(batch, batch["recipients"], agent, settings, batch["scheduled_time_unix"])
        return batch

    def cancel(self, batch: Json, now: float) -> None:
        """Cancel what was not dialled yet; calls that run go on to their end."""
        batch["status"] = "cancelled"
        for recipient in batch["recipients"]:
            if self._calls.cancel(recipient["_call"]):
                recipient.update(status="cancelled", updated_at_unix=int(now))
        self._count(batch, now)

    def retry(self, batch: Json, agent: Agent, settings: SimulatorSettings, now: float) -> None:
        """Call again whom nobody reached."""
        again = [r for r in batch["recipients"] if r["status"] in _RECALLED]
        for recipient in again:
            recipient.update(status="pending", conversation_id=None, updated_at_unix=int(now))
        batch["retry_count"] += 1
        batch["status"] = "in_progress" if again else batch["status"]
        self._call(batch, again, agent, settings, now)
        self._count(batch, now)

    def follow(self, moved: Iterable[Json], now: float) -> None:
        """Bring the batches up to the calls that moved."""
        touched: dict[str, list[Json]] = {}
        for call in moved:
            if call["batch_call"]:
                touched.setdefault(call["batch_call"]["batch_call_id"], []).append(call)
        for batch_id, calls in touched.items():
            batch = self._store.get("batch", batch_id)
            if batch is not None:
                self._follow(batch, calls, now)

    def _follow(self, batch: Json, calls: list[Json], now: float) -> None:
        recipients = {recipient["_call"]: recipient for recipient in batch["recipients"]}
        for call in calls:
            recipient = recipients.get(call["conversation_id"])
            if recipient is None:
                continue
            status = _status(call)
            if status != recipient["status"]:
                recipient.update(status=status, updated_at_unix=int(now))
            if call["phase"] not in {Phase.PENDING, Phase.DISPATCHED}:
                recipient["conversation_id"] = call["conversation_id"]
        self._count(batch, now)

    def _count(self, batch: Json, now: float) -> None:
        states = [recipient["status"] for recipient in batch["recipients"]]
        batch["total_calls_dispatched"] = sum(state != "pending" for state in states)
        batch["total_calls_finished"] = sum(state in FINISHED for state in states)
        batch["last_updated_at_unix"] = int(now)
        if batch["status"] != "cancelled":
            batch["status"] = _batch_status(states)
        self._store.put("batch", batch["id"], batch)

    def _call(
        self, batch: Json, whom: list[Json], agent: Agent, settings: SimulatorSettings, at: float
    ) -> None:
        wanted = [
            Wanted(
                agent=agent,
                number=r["phone_number"] or r["whatsapp_user_id"] or "",
                initiation=as_object(r["conversation_initiation_client_data"]),
                outcome=self._outcome(r["phone_number"] or ""),
                not_before=at,
                batch_call={"batch_call_id": batch["id"], "batch_call_recipient_id": r["id"]},
            )
            for r in whom
        ]
        for recipient, call in zip(whom, self._calls.place(wanted, settings), strict=True):
            recipient["_call"] = call["conversation_id"]
        self._store.put("batch", batch["id"], batch)

    def _new(self, request: Json, agent: Agent, now: float) -> Json:
        telephony = as_object(request.get("telephony_call_config"))
        return {
            "id": self._ids.new("btcal"),
            "phone_number_id": request.get("agent_phone_number_id") or PHONE_NUMBER_ID,
            "phone_provider": "twilio",
            "whatsapp_params": request.get("whatsapp_params"),
            "name": request["call_name"],
            "agent_id": agent.agent_id,
            "branch_id": request.get("branch_id"),
            "environment": request.get("environment"),
            "created_at_unix": int(now),
            "scheduled_time_unix": int(request.get("scheduled_time_unix") or now),
            "timezone": request.get("timezone"),
            "total_calls_dispatched": 0,
            "total_calls_scheduled": len(request["recipients"]),
            "total_calls_finished": 0,
            "last_updated_at_unix": int(now),
            "status": "pending",
            "retry_count": 0,
            "telephony_call_config": {
                "ringing_timeout_secs": telephony.get("ringing_timeout_secs", 60),
                "twilio_call_recording_enabled": False,
            },
            "target_concurrency_limit": request.get("target_concurrency_limit"),
            "agent_name": agent.name,
            "branch_name": None,
            "recipients": [self._recipient(given, now) for given in request["recipients"]],
        }

    def _recipient(self, given: Json, now: float) -> Json:
        return {
            "id": given.get("id") or self._ids.new("rcpt"),
            "phone_number": given.get("phone_number"),
            "whatsapp_user_id": given.get("whatsapp_user_id"),
            "status": "pending",
            "created_at_unix": int(now),
            "updated_at_unix": int(now),
            "conversation_id": None,
            "conversation_initiation_client_data": given.get("conversation_initiation_client_data"),
        }


def summary(batch: Json) -> Json:
    """The batch as the workspace lists it: without recipients."""
    return {name: value for name, value in batch.items() if name != "recipients"}


def detail(batch: Json) -> Json:
    """The batch with all its recipients, without what only the simulator needs."""
    recipients = [
        {name: value for name, value in recipient.items() if not name.startswith("_")}
        for recipient in batch["recipients"]
    ]
    return {**batch, "recipients": recipients}


def _status(call: Json) -> str:
    phase = Phase(call["phase"])
    if phase in (Phase.PROCESSING, Phase.OVER):
        return ENDINGS[Outcome(call["outcome"])][0]
    return str(phase)


def _batch_status(states: list[str]) -> str:
    if all(state in FINISHED for state in states):
        return "completed"
    return "pending" if all(state == "pending" for state in states) else "in_progress"
