"""Why a session ended, and what that means for the next one.

The server's ``error_type`` and words come first, the close code second: the same code stands for a
missing variable and for a wrong key. Sources: facts A8, the error list of ``agent.asyncapi.yaml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connector.protocol import ServerFault
    from connector.session.words import Lost


EXPIRING: Final = "expiring"
"""Why we close a session that is about to reach its maximum."""


class Kind(StrEnum):
    """The classes of ends."""

    NORMAL = "normal"
    """Closed because the caller wanted it."""
    AGENT_ENDED = "agent_ended"
    MAX_DURATION = "max_duration"
    IDLE = "idle"
    CONFIGURATION = "configuration"
    """Someone must change something first: opening again would end in the same way."""
    RETRYABLE = "retryable"
    CONCURRENCY = "concurrency"
    """The account has no room at the moment."""
    OURS = "ours"
    """A limit of ours cut it off: it did not answer, or showed no sign of life."""


class Retry(StrEnum):
    """When another session may be opened."""

    ON_DEMAND = "on_demand"
    """With the next message of the person."""
    BACKOFF = "backoff"
    """After a jittered pause."""
    SLOW_DOWN = "slow_down"
    """As above, and every opening of the account slows down."""
    NEVER = "never"
    """Not before the configuration was changed."""


RETRY: dict[Kind, Retry] = {
    Kind.NORMAL: Retry.ON_DEMAND,
    Kind.AGENT_ENDED: Retry.ON_DEMAND,
    Kind.MAX_DURATION: Retry.ON_DEMAND,
    Kind.IDLE: Retry.ON_DEMAND,
    Kind.CONFIGURATION: Retry.NEVER,
    Kind.RETRYABLE: Retry.BACKOFF,
    Kind.CONCURRENCY: Retry.SLOW_DOWN,
    Kind.OURS: Retry.BACKOFF,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a session ended. Holds slugs and names of settings only, never the server's words."""

    kind: Kind
    reason: str
    subject: str | None = None
    """The override's field or the variables that are missing, where the server named them."""
    code: int | None = None
    retry_after_s: float | None = None

    @property
    def retry(self) -> Retry:
        """When another session may be opened."""
        return RETRY[self.kind]


KEY_REFUSED = "auth"
"""The reason where ElevenLabs does not take our key, or not for this."""

NO_ROOM = Verdict(Kind.NORMAL, "no_room")
"""An opening that nobody waits for was refused: it is opened when the person writes."""

ERROR_TYPES: dict[str, Kind] = {
    "asr_transcription_error": Kind.RETRYABLE,
    "asyncio_timeout": Kind.RETRYABLE,
    "cascade_brain_error": Kind.RETRYABLE,
    "custom_llm_error": Kind.RETRYABLE,
    "http_exception": Kind.RETRYABLE,
    "invalid_message": Kind.CONFIGURATION,
    "llm_error": Kind.RETRYABLE,
    "llm_timeout": Kind.RETRYABLE,
    "max_duration_exceeded": Kind.MAX_DURATION,
    "mcp_https_error": Kind.CONFIGURATION,
    "mcp_tool_error": Kind.CONFIGURATION,
    "missing_dynamic_variable": Kind.CONFIGURATION,
    "missing_dynamic_variable_transfer": Kind.CONFIGURATION,
    "missing_fields": Kind.CONFIGURATION,
    "override_error": Kind.CONFIGURATION,
    "redis_timeout_error": Kind.RETRYABLE,
    "safety_violation": Kind.RETRYABLE,
    "telephony_agent_error": Kind.CONFIGURATION,
    "transport_receive_timeout": Kind.IDLE,
    "tts_cascade_error": Kind.RETRYABLE,
    "turn_probability_error": Kind.RETRYABLE,
    "unknown_websocket_crash": Kind.RETRYABLE,
    "vad_error": Kind.RETRYABLE,
    "value_error": Kind.RETRYABLE,
    "websocket_disconnect": Kind.RETRYABLE,
}
"""``unknown`` is left out on purpose: it tells nothing, so words and code decide."""

WORDS: tuple[tuple[re.Pattern[str], Kind, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, reason)
    for pattern, kind, reason in (
        (r"override for field", Kind.CONFIGURATION, "override_error"),
        (r"dynamic variable", Kind.CONFIGURATION, "missing_dynamic_variable"),
        (r"too.many.concurrent|concurren\w+.limit", Kind.CONCURRENCY, "too_many_concurrent"),
        (r"rate.limit|system.busy", Kind.CONCURRENCY, "rate_limited"),
        (r"max.*duration", Kind.MAX_DURATION, "max_duration_exceeded"),
        (r"quota|insufficient.credit|payment", Kind.CONFIGURATION, "quota"),
        (
            r"api.key|unauthori[sz]ed|authori[sz]ation|authenticat|forbidden|permission|signature",
            Kind.CONFIGURATION,
            KEY_REFUSED,
        ),
        (r"agent.*(not.found|not.exist)", Kind.CONFIGURATION, "agent_not_found"),
        (r"missing required field", Kind.CONFIGURATION, "missing_fields"),
        (r"no user input|inactiv", Kind.IDLE, "transport_receive_timeout"),
    )
)
"""What reasons and messages say, where ``error_type`` is missing or could mean anything."""

HTTP_STATUSES: dict[int, tuple[Kind, str]] = {
    400: (Kind.CONFIGURATION, "bad_request"),
    401: (Kind.CONFIGURATION, KEY_REFUSED),
    402: (Kind.CONFIGURATION, "quota"),
    403: (Kind.CONFIGURATION, KEY_REFUSED),
    404: (Kind.CONFIGURATION, "agent_not_found"),
    422: (Kind.CONFIGURATION, "bad_request"),
    429: (Kind.CONCURRENCY, "too_many_requests"),
}

CLOSE_CODES: dict[int, tuple[Kind, str]] = {
    1000: (Kind.AGENT_ENDED, "closed_by_agent"),
    1001: (Kind.RETRYABLE, "server_going_away"),
    1002: (Kind.RETRYABLE, "operational_error"),
    1008: (Kind.CONFIGURATION, "contract_error"),
    1011: (Kind.RETRYABLE, "server_error"),
    1013: (Kind.CONCURRENCY, "try_again_later"),
    3000: (Kind.CONFIGURATION, KEY_REFUSED),
    3008: (Kind.CONCURRENCY, "too_many_concurrent"),
    4300: (Kind.CONCURRENCY, "queue_timed_out"),
}

_FIELD = re.compile(r"field ['\"`]([A-Za-z_][\w.]{0,79})['\"`]")
_NAMES = re.compile(r"['\"`{]([A-Za-z_]\w{0,79})['\"`}]")


def classify(fault: ServerFault | None, lost: Lost, *, at_limit: bool = False) -> Verdict:
    """The verdict on an end that the other side brought about.

    ``at_limit`` tells that the conversation was as old as the server lets it become: a bare 1000 or
    1011 then means just that.
    """
    text = f"{fault.text if fault else ''} {lost.reason}"
    code = lost.code if lost.code is not None else (fault.code if fault else None)
    kind, reason = _judge(fault.error_type if fault else None, text, code, lost.http_status)
    if at_limit and code in {1000, 1011} and reason in {"closed_by_agent", "server_error"}:
        kind, reason = Kind.MAX_DURATION, "max_duration_exceeded"
    return Verdict(kind, reason, _subject(reason, text), code, lost.retry_after_s)


def _judge(
    error_type: str | None, text: str, code: int | None, status: int | None
) -> tuple[Kind, str]:
    known = ERROR_TYPES.get(error_type or "")
    if error_type and known and known is not Kind.RETRYABLE:
        return known, error_type
    for pattern, kind, reason in WORDS:
        # A general type (http_exception …) may hide what must not be repeated.
        if pattern.search(text):
            return kind, reason
    if error_type and known:
        return known, error_type
    if status is not None:
        return HTTP_STATUSES.get(status, (Kind.RETRYABLE, "upgrade_refused"))
    return CLOSE_CODES.get(code or 0, (Kind.RETRYABLE, "connection_lost"))


def _subject(reason: str, text: str) -> str | None:
    if reason == "override_error":
        found = _FIELD.search(text)
        return found.group(1) if found else None
    if reason.startswith("missing_dynamic_variable"):
        return ", ".join(dict.fromkeys(_NAMES.findall(text))) or None
    return None
