"""The control API of a simulator, ``/_sim``: what only a simulator has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from conversation.errors import Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping


class Control:
    """Asks one simulator. The caller closes ``client``, which knows the simulator's address."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON of a tool for tests
        """What the simulator tells. Raises ``Transient`` or ``Permanent``."""
        return self._asked("GET", path, None)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - as above
        """Have the simulator do something."""
        return self._asked("POST", path, body or {})

    def answers(self) -> bool:
        """Whether there is a simulator at all: any other server knows no such path."""
        try:
            return isinstance(self.get("/faults"), dict)
        except (Permanent, Transient):
            return False

    def _asked(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401 - as above
        try:
            answer = self._client.request(method, f"/_sim{path}", json=body)
        except httpx.HTTPError as error:
            raise Transient(f"the simulator gave no answer: {error}", reason="no_answer") from error
        if answer.is_error:
            told = f"{method} /_sim{path} was answered {answer.status_code}: {answer.text[:200]}"
            raise Permanent(told, reason="control_refused")
        try:
            return answer.json()
        except ValueError as error:
            raise Permanent("the simulator answered no JSON", reason="control_refused") from error
