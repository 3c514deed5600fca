"""The conversation that a call by phone leaves behind, written phase by phase."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from infra.local.elevenlabs.call_phases import BRIEF, ENDINGS, UNTAKEN, Outcome
from infra.local.elevenlabs.conversation_documents import (
    Beginning,
    analysis,
    conversation_document,
    recount,
    transcript_item,
)
from infra.local.elevenlabs.shapes import as_object
from infra.local.elevenlabs.transcript import SECONDS_A_LINE, Line, Script, script_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.ids import Ids
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.store import Store

AGENT_NUMBER = "+15555550100"
PHONE_NUMBER_ID = "phnum_4701k8fcsvhaes5s1h6tw894g98s"
SHORT_CALL_S = 2


class CallRecords:
    """Writes conversations of calls. ``over`` is told of each one that is final."""

    def __init__(
        self,
        *,
        store: Store,
        ids: Ids,
        agent: Callable[[str], Agent],
        over: Callable[[Json], None],
    ) -> None:
        self._store = store
        self._ids = ids
        self._agent = agent
        self._over = over

    def talk_seconds(self, call: Json) -> float:
        """How long the call lasts here."""
        whole = float(call["call_seconds"])
        return min(0.5, whole) if call["outcome"] in BRIEF else whole

    def begin(self, call: Json, answered_at: float) -> None:
        """The call rings: its conversation exists from now on.

        A call of a few seconds here stands for one of a minute. It is told to have begun so much
        earlier that start and duration always give the moment at which it really ended.
        """
        started = answered_at + self.talk_seconds(call) - self._spoken_seconds(call)
        beginning = Beginning(
            conversation_id=call["conversation_id"],
            agent=self._agent(call["agent_id"]),
            started_at=started,
            status="initiated",
            source="twilio",
            authorization="authorization_header",
            initiation=call["initiation"],
            phone_call=self._phone_call(call["number"]),
            batch_call=call["batch_call"],
        )
        self._keep(conversation_document(beginning))

    def answered(self, call: Json) -> None:
        """The person, or a machine, took the call."""
        conversation = self._conversation(call)
        if conversation is None:
            return
        conversation["status"] = "in-progress"
        metadata = conversation["metadata"]
        metadata["accepted_time_unix_secs"] = metadata["start_time_unix_secs"]
        self._keep(conversation)

    def grow(self, call: Json, now: float) -> None:
        """While a call is talked its transcript grows."""
        conversation, lines = self._conversation(call), self._script(call).lines
        if conversation is None:
            return
        left = max(0.0, call["due_at"] - now) / max(0.001, self.talk_seconds(call))
        shown = max(1, round(len(lines) * (1 - left)))
        if shown != len(conversation["transcript"]):
            _write_transcript(conversation, lines[:shown])
            self._keep(conversation)

    def hang_up(self, call: Json, at: float) -> None:
        """The talking is over and the provider analyses it."""
        conversation, script = self._conversation(call), self._script(call)
        if conversation is None:
            return
        if not (call["ended_by"] and conversation["transcript"]):
            _write_transcript(conversation, script.lines)
        _, call_result, reason = ENDINGS[Outcome(call["outcome"])]
        metadata = conversation["metadata"]
        seconds = max(1, int(at) - metadata["start_time_unix_secs"])
        metadata.update(
            call_duration_secs=seconds,
            termination_reason=call["ended_by"] or reason,
            main_language=script.language,
            cost=seconds * 10,
            cost_fiat=round(seconds * 0.08 / 60, 6),
        )
        metadata["phone_call"]["call_result"] = call_result
        conversation["status"] = "processing"
        self._keep(conversation)

    def finish(self, call: Json, at: float) -> None:
        """Nothing more will change: the analysis is there, or nobody took the call."""
        conversation = self._conversation(call)
        if conversation is None:
            return
        if call["outcome"] in UNTAKEN:
            _fail(conversation, call, at)
        else:
            script = self._script(call)
            success = "failure" if call["outcome"] in BRIEF else "success"
            conversation["analysis"] = analysis(script.title, script.summary, success)
            conversation["status"] = "done"
        self._keep(conversation)
        self._over(conversation)

    def _script(self, call: Json) -> Script:
        initiation = call["initiation"]
        override = as_object(as_object(initiation.get("conversation_config_override")).get("agent"))
        variables = as_object(initiation.get("dynamic_variables"))
        language = override.get("language") or variables.get("language")
        script = script_of(self._agent(call["agent_id"]), variables, language)
        if call["outcome"] in BRIEF:
            return Script(script.language, script.lines[:1], script.title, "")
        return script

    def _spoken_seconds(self, call: Json) -> int:
        if call["outcome"] in BRIEF:
            return SHORT_CALL_S
        return max(self._script(call).seconds, math.ceil(self.talk_seconds(call)))

    def _phone_call(self, number: str) -> Json:
        return {
            "type": "twilio",
            "direction": "outbound",
            "phone_number_id": PHONE_NUMBER_ID,
            "agent_number": AGENT_NUMBER,
            "external_number": number,
            "call_sid": self._ids.sid("CA"),
            "stream_sid": self._ids.sid("MZ"),
            "call_result": None,
        }

    def _conversation(self, call: Json) -> Json | None:
        """Whoever deletes a conversation while its call runs gets nothing written any more."""
        return self._store.get("conversation", call["conversation_id"])

    def _keep(self, conversation: Json) -> None:
        self._store.put("conversation", conversation["conversation_id"], conversation)


def _fail(conversation: Json, call: Json, at: float) -> None:
    _, call_result, reason = ENDINGS[Outcome(call["outcome"])]
    metadata = conversation["metadata"]
    metadata["termination_reason"] = call["failure"] or reason
    metadata["start_time_unix_secs"] = int(at)
    metadata["phone_call"]["call_result"] = call_result
    conversation["status"] = "failed"


def _write_transcript(conversation: Json, lines: tuple[Line, ...]) -> None:
    conversation["transcript"] = [
        transcript_item(line.role, line.message, n * SECONDS_A_LINE, source_medium="audio")
        for n, line in enumerate(lines)
    ]
    recount(conversation)
