"""ElevenLabs' refusals, in all their shapes, as errors named by what to do.

Four shapes of ``detail`` are about: ``{"status", "message"}`` (the older), ``{"type", "code",
"message", "status", …}`` (the newer), FastAPI's list of ``{"loc", "msg", "type"}`` for 422, and a
bare text; and whatever a proxy in front of it answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from conversation.documents import read_json
from conversation.errors import LONGEST_PAUSE_S, HiloError, Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_REMEDY: Final = "Check ELEVENLABS_API_KEY and the key's permissions (Agents: read and write)."
PLAN_REMEDY: Final = "Look at the credits and limits of the ElevenLabs plan."
ID_REMEDY: Final = "Check the ids: they belong to one workspace and one host (ELEVENLABS_API_URL)."
REQUEST_REMEDY: Final = "ElevenLabs does not take the request as it is."

_WORD: Final = re.compile(r"[a-z][a-z0-9_]{2,63}")
_DIGITS: Final = re.compile(r"\d[\d\s().-]{4,}\d")
_LONGEST_MESSAGE: Final = 200

_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", REQUEST_REMEDY),
    401: ("unauthorized", KEY_REMEDY),
    402: ("insufficient_credits", PLAN_REMEDY),
    403: ("forbidden", KEY_REMEDY),
    404: ("not_found", ID_REMEDY),
    405: ("bad_request", REQUEST_REMEDY),
    413: ("too_large", REQUEST_REMEDY),
    422: ("invalid_request", REQUEST_REMEDY),
}
"""Status → reason where the body names none, and the remedy. Trying again helps none of them."""

_BY_CODE: Final[Mapping[str, str]] = {
    "quota_exceeded": PLAN_REMEDY,
    "insufficient_credits": PLAN_REMEDY,
    "invalid_api_key": KEY_REMEDY,
    "missing_permissions": KEY_REMEDY,
}

_GONE: Final = frozenset({404, 410})

_TRANSIENT: Final[Mapping[int, str]] = {
    408: "timeout",
    409: "conflict",
    425: "too_early",
    429: "rate_limited",
}


class NoSuchThingError(Permanent):
    """What was asked for does not exist, or no longer."""


def problem_of(status: int, headers: Mapping[str, str], body: bytes) -> HiloError:
    """The error that an answer with ``status`` (400 or more) is. To be raised."""
    code, said = _told(body)
    message = f"ElevenLabs answered {status}{f' ({code})' if code else ''}"
    if status in _TRANSIENT or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return Transient(
            f"{message}: {said}" if said else message,
            reason=code or _TRANSIENT.get(status, "server_error"),
            retry_after_s=retry_after_s(headers),
            may_have_happened=status != 429,  # noqa: PLR2004 - Too Many Requests: nothing was done
        )
    reason, remedy = _BY_STATUS.get(status, ("refused", REQUEST_REMEDY))
    remedy = _BY_CODE.get(code, remedy)
    kind = NoSuchThingError if status in _GONE else Permanent
    return kind(" ".join(filter(None, (f"{message}.", said, remedy))), reason=code or reason)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the other side asks us to wait, if it says so in a number."""
    given = {name.lower(): value for name, value in headers.items()}
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(max(0.0, float(given[name]) * unit_s), LONGEST_PAUSE_S)
        except (KeyError, ValueError):
            continue
    return None


def _told(body: bytes) -> tuple[str, str]:
    """ElevenLabs' word for the fault and its sentence; empty where there is none."""
    match _detail(body):
        case {"code": str(code), **rest} | {"status": str(code), **rest}:
            return _word(code), _sentence(rest.get("message"))
        case {"message": said}:
            return "", _sentence(said)
        case [*faults]:
            return "", _sentence("; ".join(filter(None, map(_fault, faults))))
        case said:
            return "", _sentence(said)


def _detail(body: bytes) -> object:
    try:
        answer: Any = read_json(body)
    except ValueError:  # a proxy's page
        return None
    return answer.get("detail") if isinstance(answer, dict) else None


def _fault(fault: object) -> str:
    match fault:
        case {"loc": [*where], "msg": str(said)}:
            return f"{'.'.join(map(str, where))}: {said}"
        case _:
            return ""


def _word(code: str) -> str:
    return code if _WORD.fullmatch(code) else ""


def _sentence(said: object) -> str:
    """Their sentence for people's eyes, bounded, without anything that may be a phone number."""
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return _DIGITS.sub("…", text)[:_LONGEST_MESSAGE]
