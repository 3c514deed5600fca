"""ElevenLabs' documents ⇄ records. Tolerant: what is missing is ``None``, what is new is let be."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, TypeVar

from conversation.batches import STAGES, Batch, ListedCall, Recipient, Stage
from conversation.calls import Call, CallDirection, CallResult, CallState, Scalar
from conversation.errors import Refused
from conversation.identifiers import AgentId, CallId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Json = dict[str, Any]
T = TypeVar("T")

CALL_STATES: Final[Mapping[str, CallState]] = {
    "initiated": CallState.GOING_ON,
    "in-progress": CallState.GOING_ON,
    "in_progress": CallState.GOING_ON,
    "processing": CallState.PROCESSING,
    "done": CallState.DONE,
    "failed": CallState.FAILED,
}
"""An unknown word counts as PROCESSING: looked at again, and gone on from after a while."""

CALL_RESULTS: Final[Mapping[str, CallResult]] = {
    "voicemail": CallResult.VOICEMAIL,
    "busy": CallResult.NOT_REACHED,
    "no_answer": CallResult.NOT_REACHED,
    "no-answer": CallResult.NOT_REACHED,
    "failed": CallResult.NOT_REACHED,
    "cancelled": CallResult.CANCELLED,
    "canceled": CallResult.CANCELLED,
}
"""Absent (older conversations, other carriers) and unknown words count as answered."""

BATCH_ENDS: Final = frozenset({"completed", "failed", "cancelled"})
_VOICEMAIL_TOOL: Final = "voicemail_detection"
_SIP: Final = re.compile(r"(?:sips?:|tel:)?(\+?\d{7,15})(?:[@;].*)?")


def call_of(document: Json) -> Call | None:
    """The phone call that a conversation was; ``None`` for any other kind of conversation.

    Our own text sessions are conversations too, and finish, and come by the same ways: whoever
    continued them would talk to itself. Raises ``Refused`` (``unreadable``), as do all readers
    here, for what lacks its id.
    """
    metadata = _object(document.get("metadata"))
    phone = _object(metadata.get("phone_call"))
    if not phone or metadata.get("text_only") is True:
        return None
    batch = _object(metadata.get("batch_call"))
    given = _object(document.get("conversation_initiation_client_data"))
    duration_s = _number(metadata.get("call_duration_secs"))
    return Call(
        call_id=CallId(_required(document, "conversation_id")),
        agent_id=AgentId(_required(document, "agent_id")),
        number=_number_of(phone),
        direction=_direction(phone.get("direction")) or CallDirection.INBOUND,
        state=_state(document),
        result=_result(phone, document.get("transcript")),
        ended_at=_moment(_began(metadata) + duration_s),
        duration_s=duration_s,
        batch_id=_text(batch.get("batch_call_id")),
        recipient_id=_text(batch.get("batch_call_recipient_id")),
        language=_text(metadata.get("main_language")),
        summary=_text(_object(document.get("analysis")).get("transcript_summary")),
        dynamic_variables=_scalars(given.get("dynamic_variables")),
        branch_id=_text(given.get("branch_id")) or _text(document.get("branch_id")),
        environment=_text(given.get("environment")) or _text(document.get("environment")),
        custom_llm_extra_body=_object(given.get("custom_llm_extra_body")) or None,
        user_id=_text(document.get("user_id")) or _text(given.get("user_id")),
    )


def listed_call_of(row: Json) -> ListedCall:
    """A row of the list of conversations."""
    return ListedCall(
        call_id=CallId(_required(row, "conversation_id")),
        agent_id=AgentId(_required(row, "agent_id")),
        state=CALL_STATES.get(str(row.get("status")), CallState.PROCESSING),
        started_unix=_number(row.get("start_time_unix_secs")),
        direction=_direction(row.get("direction")),
    )


def batch_of(row: Json) -> Batch:
    """A row of the list of batches, or the head of one."""
    status = str(row.get("status"))
    return Batch(
        batch_id=_required(row, "id"),
        agent_id=AgentId(_required(row, "agent_id")),
        status=status,
        finished=status in BATCH_ENDS,
        updated_unix=_number(row.get("last_updated_at_unix")),
        dispatched=_number(row.get("total_calls_dispatched")),
    )


def recipient_of(row: Json) -> Recipient:
    """A recipient of a batch."""
    call_id = _text(row.get("conversation_id"))
    return Recipient(
        recipient_id=_required(row, "id"),
        stage=STAGES.get(str(row.get("status")), Stage.MOVING),
        updated_at=_moment(_number(row.get("updated_at_unix"))),
        number=_text(row.get("phone_number")),
        call_id=CallId(call_id) if call_id else None,
    )


def rows_of(answer: Json, name: str) -> list[Json]:
    """The objects in the list ``name``."""
    return [row for row in _list(answer.get(name)) if isinstance(row, dict)]


def read_rows(answer: Json, name: str, reader: Callable[[Json], T]) -> list[T]:
    """The rows of the list ``name`` that can be read: one that cannot must not hide the others."""
    return list(_readable(rows_of(answer, name), reader))


def _readable(rows: list[Json], reader: Callable[[Json], T]) -> Iterator[T]:
    for row in rows:
        with suppress(Refused):
            yield reader(row)


def next_of(answer: Json, name: str) -> str | None:
    """Where the list goes on, if it does."""
    return _text(answer.get(name)) if answer.get("has_more") else None


def _state(document: Json) -> CallState:
    """A call is done when its analysis is there: only then is there a summary to be had."""
    state = CALL_STATES.get(str(document.get("status")), CallState.PROCESSING)
    if state is CallState.DONE and not _object(document.get("analysis")):
        return CallState.PROCESSING
    return state


def _result(phone: Json, transcript: object) -> CallResult:
    told = CALL_RESULTS.get(str(phone.get("call_result")))
    if told:
        return told
    return CallResult.VOICEMAIL if _found_voicemail(transcript) else CallResult.ANSWERED


def _found_voicemail(transcript: object) -> bool:
    """Whether the agent itself noticed that it talks to a machine."""
    results = (
        _object(result)
        for turn in _list(transcript)
        for result in _list(_object(turn).get("tool_results"))
    )
    return any(
        result.get("tool_name") == _VOICEMAIL_TOOL and not result.get("is_error")
        for result in results
    )


def _number_of(phone: Json) -> str:
    """The person's number in E.164 where it can be seen in what the carrier gave."""
    raw = str(phone.get("external_number") or "").strip()
    found = _SIP.fullmatch(raw)
    return "+" + found[1].removeprefix("+") if found else raw


def _began(metadata: Json) -> int:
    """When the person picked up, where that is told."""
    accepted = _number(metadata.get("accepted_time_unix_secs"))
    return accepted or _number(metadata.get("start_time_unix_secs"))


def _direction(word: object) -> CallDirection | None:
    return next((direction for direction in CallDirection if direction == word), None)


def _scalars(given: object) -> dict[str, Scalar]:
    return {
        name: value
        for name, value in _object(given).items()
        if value is None or isinstance(value, str | int | float | bool)
    }


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and isfinite(value) else 0


def _moment(unix: int) -> datetime:
    try:
        return datetime.fromtimestamp(unix, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("ElevenLabs told an impossible time", reason="unreadable") from error


def _required(row: Json, name: str) -> str:
    value = _text(row.get(name))
    if value is None:
        raise Refused(f"ElevenLabs' answer lacks {name}", reason="unreadable")
    return value
