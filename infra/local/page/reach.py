"""Asking the simulators over HTTP: one client each, and one kind of trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from conversation.errors import Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
"""What a simulator says, as it says it: read with care at once, never passed on."""

LONGEST_POLL_S = 30.0
_ERROR = 400
_SERVER_ERROR = 500


class Simulator:
    """One simulator. Raises ``Transient`` while it is away, ``Permanent`` for what it refuses."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # No proxy of the environment may stand between us and ourselves.
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(5.0, read=LONGEST_POLL_S),
            trust_env=False,
            transport=transport,
        )

    async def get(self, path: str, **query: str | float) -> Json:
        """The JSON at ``path``."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, document: Mapping[str, object] | None = None) -> Json:
        """What is answered to ``document``."""
        return await self._ask("POST", path, json=dict(document or {}))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, **words: Any) -> Json:  # noqa: ANN401 - httpx's own
        try:
            response = await self._client.request(method, path, **words)
        except httpx.HTTPError as error:
            raise Transient("the simulator does not answer", reason="simulator_away") from error
        if response.status_code >= _SERVER_ERROR:
            raise Transient("the simulator is in trouble", reason="simulator_away")
        if response.status_code >= _ERROR:
            raise Permanent("the simulator refused this", reason="refused")
        document: Json = response.json()
        return document
