"""One HTTP request to ElevenLabs: bounded in time, never repeated here, every fault translated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from conversation.adapters.elevenlabs.problems import problem_of
from conversation.documents import read_json
from conversation.errors import HiloError, Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conversation.variables import ElevenLabsSettings

Json = dict[str, Any]

CONNECT_TIMEOUT_S: Final = 3.0
POOL: Final = 10
"""Connections that are kept: as many as the monitor has threads, and some."""


class Rest:
    """The REST API of one workspace. Safe to use from several threads.

    ``key`` gives the key of each request; without it, it is that of the settings for good.
    Every method raises ``Transient`` (with ``may_have_happened`` where a request may have taken
    effect) or ``Permanent`` (whose message names the remedy).
    """

    def __init__(self, settings: ElevenLabsSettings, key: Callable[[], str] | None = None) -> None:
        self._base = settings.api_url
        self._key = key or (lambda: settings.api_key)
        self._timeout = urllib3.Timeout(
            connect=min(CONNECT_TIMEOUT_S, settings.timeout_s), read=settings.timeout_s
        )
        self._pool = urllib3.PoolManager(maxsize=POOL, retries=False)

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Json:
        """What is at ``path``. Parameters without a value are left out."""
        given = {k: _plain(v) for k, v in (query or {}).items() if v is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path, None)

    def post(self, path: str, body: Mapping[str, object]) -> Json:
        """What ``path`` answers to ``body``."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Json:
        headers = {"xi-api-key": self._key(), "accept": "application/json"}
        headers |= {"content-type": "application/json"} if body else {}
        try:
            answer = self._pool.request(
                method, self._base + path, body=body, headers=headers, timeout=self._timeout,
                redirect=False,
            )  # fmt: skip
        except (HTTPError, LocationParseError) as error:
            raise _unanswered(error) from error
        if answer.status >= 300:  # noqa: PLR2004 - a redirect is no answer here either
            raise problem_of(answer.status, answer.headers, answer.data)
        return _object(answer.data)


def segment(identifier: str) -> str:
    """An id as one segment of a path, whatever it holds."""
    return quote(identifier, safe="")


def _object(body: bytes) -> Json:
    try:
        answer = read_json(body)
    except ValueError as error:
        raise Transient("ElevenLabs answered no JSON", reason="bad_answer") from error
    if not isinstance(answer, dict):
        raise Transient("ElevenLabs answered no JSON object", reason="bad_answer")
    return answer


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unanswered(error: Exception) -> HiloError:
    """Order matters: urllib3's connect faults are kinds of its time-outs, and the reverse."""
    match error:
        case SSLError():
            return Transient("no TLS connection to ElevenLabs", reason="tls_failed")
        case NameResolutionError() | NewConnectionError() | ConnectTimeoutError():
            return Transient("ElevenLabs cannot be reached", reason="unreachable")
        case LocationParseError():
            return Permanent("ELEVENLABS_API_URL is no address", reason="bad_url")
        case HTTPTimeoutError():
            return Transient(
                "ElevenLabs did not answer in time", reason="timeout", may_have_happened=True
            )
        case _:
            return Transient(
                "the connection to ElevenLabs broke off", reason="broken_off",
                may_have_happened=True,
            )  # fmt: skip
