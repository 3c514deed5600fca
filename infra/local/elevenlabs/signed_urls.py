"""Signed URLs: a right to open one conversation, for a quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.elevenlabs.ids import Ids

LIFETIME_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Grant:
    """What a signature allows. With a ``conversation_id`` it can be used once."""

    agent_id: str
    issued_at: float
    conversation_id: str | None


class SignedUrls:
    """The signatures handed out and still good."""

    def __init__(self, ids: Ids, clock: Callable[[], float]) -> None:
        self._ids = ids
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def issue(self, agent_id: str, *, with_conversation: bool) -> tuple[str, str | None]:
        """Give a signature and, if wanted, the id that the conversation will have."""
        self._forget_old()
        conversation_id = self._ids.new("conv") if with_conversation else None
        signature = self._ids.new("cvtkn")
        self._grants[signature] = Grant(agent_id, self._clock(), conversation_id)
        return signature, conversation_id

    def redeem(self, signature: str, agent_id: str) -> Grant | None:
        """The grant, if the signature is good for this agent now."""
        self._forget_old()
        grant = self._grants.get(signature)
        if grant is None or grant.agent_id != agent_id:
            return None
        if grant.conversation_id is not None:
            del self._grants[signature]
        return grant

    def _forget_old(self) -> None:
        oldest = self._clock() - LIFETIME_S
        self._grants = {s: g for s, g in self._grants.items() if g.issued_at > oldest}
