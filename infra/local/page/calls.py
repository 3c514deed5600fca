"""The campaign: batches of calls at ElevenLabs, as the page shows them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.addresses import parse_address
from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.page.reach import Json, Simulator

BATCHES: Final = "/v1/convai/batch-calling"
NEWEST: Final = 5
"""So many batches are looked at."""

MOST_PEOPLE: Final = 20
MOST_FACTS: Final = 8
LONGEST: Final = 200
NAME: Final = "name"
"""The variable that carries the person's name."""


class Phase(StrEnum):
    """Where a call is, in words of people."""

    WAITING = "waiting"
    DIALING = "dialing"
    TALKING = "talking"
    PROCESSING = "processing"
    ENDED = "ended"
    VOICEMAIL = "voicemail"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"


OVER: Final = frozenset({Phase.ENDED, Phase.VOICEMAIL, Phase.UNANSWERED, Phase.CANCELLED})

_PHASES: Final[Mapping[str, Phase]] = {
    "pending": Phase.WAITING,
    "scheduled": Phase.WAITING,
    "dispatched": Phase.DIALING,
    "initiated": Phase.DIALING,
    "in_progress": Phase.TALKING,
    "completed": Phase.ENDED,
    "voicemail": Phase.VOICEMAIL,
    "failed": Phase.UNANSWERED,
    "cancelled": Phase.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call, and what the agent is to know."""

    name: str
    number: str
    facts: Mapping[str, str]

    def recipient(self) -> Json:
        """As the batch wants it."""
        named = {NAME: self.name} if self.name else {}
        variables = {**self.facts, **named}
        return {
            "phone_number": self.number,
            "conversation_initiation_client_data": {"dynamic_variables": variables},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One person of a campaign and how far the call to them is."""

    number: str
    name: str
    phase: Phase
    call_id: str = ""
    seconds: int = 0
    lines: tuple[tuple[str, str], ...] = ()
    summary: str = ""


class Campaign:
    """Places calls and follows them. What cannot change any more is not asked for again."""

    def __init__(self, elevenlabs: Simulator) -> None:
        self._elevenlabs = elevenlabs
        self._finished: dict[str, Json] = {}

    async def agents(self) -> list[dict[str, object]]:
        """The agents one can choose: id, name, language, and what they want to be told."""
        listed = await self._elevenlabs.get("/v1/convai/agents")
        ids = [str(row["agent_id"]) for row in listed["agents"]]
        return [_agent(await self._elevenlabs.get(f"/v1/convai/agents/{one}")) for one in ids]

    async def call(self, agent_id: str, people: Sequence[Callee]) -> None:
        """Start a batch."""
        document = {
            "call_name": "Hilo",
            "agent_id": agent_id,
            "recipients": [person.recipient() for person in people],
        }
        await self._elevenlabs.post(f"{BATCHES}/submit", document)

    async def progress(self) -> list[Called]:
        """The newest call to each number, the newest campaign first."""
        listed = await self._elevenlabs.get(f"{BATCHES}/workspace", limit=NEWEST)
        found: dict[str, Called] = {}
        for row in listed["batch_calls"]:
            batch = await self._elevenlabs.get(f"{BATCHES}/{row['id']}")
            for recipient in batch["recipients"]:
                number = str(recipient["phone_number"])
                if number not in found:
                    found[number] = await self._called(number, recipient)
        return list(found.values())

    async def _called(self, number: str, recipient: Json) -> Called:
        call_id = str(recipient.get("conversation_id") or "")
        conversation = await self._conversation(call_id) if call_id else {}
        return called(number, recipient, conversation)

    async def _conversation(self, call_id: str) -> Json:
        if call_id in self._finished:
            return self._finished[call_id]
        conversation = await self._elevenlabs.get(f"/v1/convai/conversations/{call_id}")
        if conversation["status"] in {"done", "failed"}:
            self._finished[call_id] = conversation
        return conversation


def read_callees(document: object) -> list[Callee]:
    """The people of a request. Raises ``Refused`` with the field that is wrong as its reason."""
    if not isinstance(document, list) or not 0 < len(document) <= MOST_PEOPLE:
        raise Refused("one to twenty people are called", reason="people")
    return [_callee(person) for person in document]


def called(number: str, recipient: Json, conversation: Json) -> Called:
    """The state of a call out of what ElevenLabs tells of it."""
    phase = _PHASES.get(str(recipient.get("status")), Phase.WAITING)
    if phase is Phase.ENDED and conversation.get("status") not in {"done", "failed"}:
        phase = Phase.PROCESSING
    given = recipient.get("conversation_initiation_client_data") or {}
    variables = given.get("dynamic_variables") or {}
    turns = conversation.get("transcript") or []
    return Called(
        number=number,
        name=str(variables.get(NAME, "")),
        phase=phase,
        call_id=str(recipient.get("conversation_id") or ""),
        seconds=int((conversation.get("metadata") or {}).get("call_duration_secs") or 0),
        lines=tuple((str(t["role"]), str(t["message"])) for t in turns if t.get("message")),
        summary=str((conversation.get("analysis") or {}).get("transcript_summary") or ""),
    )


def shown(called_: Called) -> dict[str, object]:
    """For the page."""
    return asdict(called_)


_VARIABLE: Final = re.compile(r"\w{1,40}")


def _callee(person: object) -> Callee:
    if not isinstance(person, dict):
        raise Refused("a person is an object", reason="people")
    try:
        number = parse_address(str(person.get("number", ""))).e164
    except Refused as error:
        raise Refused(str(error), reason="number") from error
    if number is None:
        raise Refused("only a phone number can be called", reason="number")
    return Callee(str(person.get("name", "")).strip()[:LONGEST], number, _facts(person))


def _facts(person: Mapping[str, object]) -> dict[str, str]:
    given = person.get("facts") or {}
    if not isinstance(given, dict) or len(given) > MOST_FACTS:
        raise Refused("facts are a few names with values", reason="facts")
    facts = {str(k).strip().replace(" ", "_"): str(v).strip() for k, v in given.items()}
    if any(not _VARIABLE.fullmatch(k) or len(v) > LONGEST for k, v in facts.items()):
        raise Refused("a fact's name is letters and digits", reason="facts")
    return {k: v for k, v in facts.items() if v}


def _agent(document: Json) -> dict[str, object]:
    spoken = document["conversation_config"]["agent"]
    placeholders = spoken["dynamic_variables"]["dynamic_variable_placeholders"]
    return {
        "agent_id": document["agent_id"],
        "name": document["name"],
        "language": spoken["language"],
        "wants": {k: str(v) for k, v in placeholders.items() if k != NAME},
    }
