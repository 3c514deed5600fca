"""One GET of a provider, whatever comes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from conversation.adapters.elevenlabs.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

Json = dict[str, Any]

TIMEOUT_S: Final = 10.0
NO_ANSWER: Final = 0
_GOOD: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. ``status`` is ``NO_ANSWER`` where nothing did."""

    status: int
    document: Json = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    """By our own clock; not known where nothing came back."""

    @property
    def good(self) -> bool:
        """It is what was asked for."""
        return NO_ANSWER < self.status < _GOOD

    @property
    def reason(self) -> str:
        """The other side's word for its refusal, as ElevenLabs writes it."""
        if self.status == NO_ANSWER:
            return "no_answer"
        return problem_of(self.status, self.headers, self.body).reason

    @property
    def behind_s(self) -> float | None:
        """By how much our clock is behind theirs, if they told the time."""
        if self.at is None:
            return None
        try:
            return (parsedate_to_datetime(self.headers["date"]) - self.at).total_seconds()
        except (KeyError, ValueError):
            return None


class Asker:
    """Asks, each time once. ``base_urls`` maps a real address to where it is instead."""

    def __init__(
        self,
        http: httpx.Client,
        clock: Callable[[], datetime],
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._headers = dict(headers or {})
        self._auth = auth

    def get(self, url: str, **query: str | int | bool) -> Answer:
        """What is at ``url``."""
        params = {k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items()}
        request = self._http.build_request("GET", url, params=params, headers=self._headers)
        return answer_of(self._http, request, self._clock, self._auth)


def answer_of(
    http: httpx.Client,
    request: httpx.Request,
    clock: Callable[[], datetime],
    auth: tuple[str, str] | None = None,
) -> Answer:
    """What comes of ``request``. Never raises for what the other side does."""
    try:
        response = http.send(request, auth=auth)
    except httpx.HTTPError:
        return Answer(status=NO_ANSWER)
    return Answer(
        status=response.status_code,
        document=_object(response.content),
        body=response.content,
        headers=dict(response.headers),
        at=clock(),
    )


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
