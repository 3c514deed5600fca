"""Continuing the call that a webhook tells of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from conversation.batches import SINGLE_CALLS, Decision, Outcome
from conversation.documents import read_json
from conversation.eligibility import Why
from conversation.errors import Defect, Refused
from conversation.identifiers import CallId
from conversation.signals import Signal
from functions.post_call_webhook.signature import HEADER, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conversation.calls import Call
    from conversation.signals import Signals

PATH: Final = "/elevenlabs/post-call"
TRANSCRIPT: Final = "post_call_transcription"
NOT_REACHED: Final = "call_initiation_failure"
_OURS: Final = frozenset({TRANSCRIPT, NOT_REACHED})

_FIRST_WORDS: Final = re.compile(rb'\s*\{\s*"type"\s*:\s*"([a-z_]{1,64})"')
"""How ElevenLabs' bodies begin: enough to drop megabytes of sound without reading them."""

_FAILURES: Final[Mapping[str, Why]] = {"busy": Why.BUSY, "no-answer": Why.NO_ANSWER}


class Request(Protocol):
    """One HTTP request."""

    @property
    def method(self) -> str:
        """The verb, such as POST."""

    @property
    def body(self) -> bytes:
        """As it came: the signature is over these bytes."""

    def header(self, name: str) -> str:
        """The header, or an empty text."""


class Continuation(Protocol):
    """Who continues calls."""

    def __call__(self, call: Call, now: datetime) -> Decision:
        """Continue ``call``, if it is one to be continued."""


class Decisions(Protocol):
    """Where decisions are stored."""

    def record(
        self,
        batch_id: str,
        recipient_id: str,
        call_id: CallId | None,
        decision: Decision,
        now: datetime,
    ) -> None:
        """Store a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCall:
    """The use case. Only ``Transient`` asks ElevenLabs to come again; the monitor comes anyway."""

    secret: str
    continuation: Continuation
    decisions: Decisions
    read_call: Callable[[dict[str, Any]], Call | None]
    """The phone call in a conversation; ``None`` for another kind, ``Refused`` for neither."""
    signals: Signals

    def take(self, request: Request, now: datetime) -> None:
        """Act on what ``request`` tells. Raises ``Refused`` where ElevenLabs did not sign it."""
        if request.method != "POST":
            raise Refused("only POST is taken here", reason="bad_method")
        verify(request.header(HEADER), request.body, secret=self.secret, now=now)
        if _is_not_ours(request.body):
            return
        try:
            self._act(_told(request.body), now)
        except Refused as error:  # signed, so that sending it again would change nothing
            self.signals(Signal.WEBHOOK_REFUSED, where=PATH, reason=error.reason)

    def _act(self, told: dict[str, Any], now: datetime) -> None:
        match told:
            case {"type": "post_call_transcription", "data": dict(document)}:
                call = self.read_call(document)
                if call is not None:
                    self._continue(call, now)
            case {"type": "call_initiation_failure", "data": {"conversation_id": str(id_), **data}}:
                why = _FAILURES.get(str(data.get("failure_reason")), Why.NOT_REACHED)
                decision = Decision(Outcome.NOT_STARTED, why)
                self.decisions.record(SINGLE_CALLS, id_, CallId(id_), decision, now)

    def _continue(self, call: Call, now: datetime) -> None:
        try:
            decision = self.continuation(call, now)
        except Defect as defect:
            self.signals(Signal.DEFECT_FOUND, call_id=call.call_id, reason=defect.reason)
            return
        self.decisions.record(
            call.batch_id or SINGLE_CALLS,
            (call.batch_id and call.recipient_id) or call.call_id,
            call.call_id,
            decision,
            now,
        )


def _is_not_ours(body: bytes) -> bool:
    begins = _FIRST_WORDS.match(body)
    return begins is not None and begins[1].decode() not in _OURS


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = read_json(body)
    except ValueError as error:
        raise Refused("the body is not JSON", reason="bad_body") from error
    if not isinstance(told, dict):
        raise Refused("the body is not a JSON object", reason="bad_body")
    return told
