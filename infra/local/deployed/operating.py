"""The operators' panel as deployed: shut to strangers, open to whom the user pool lets in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from conversation.errors import Permanent
from infra.local.deployed.visitor import PANEL, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.deployed.account import Account

OPERATOR: Final = "ana@example.com"
GROUP: Final = "operator"
_SOCKETS: Final = f"{PANEL}/api/sockets"
_LOOKS: Final = 60


def is_shut(gateway: str) -> Mapping[str, object]:
    """Without a session there is a page to sign in, with all its files, and nothing else."""
    return {"files": len(Visitor.of(gateway).files())}


def sign_in(gateway: str, account: Account) -> tuple[Visitor, str]:
    """Invite an operator as an administrator does, and sign in as they do. Also where that was."""
    password = secrets.token_urlsafe(16) + "-Aa1"
    account.invite(OPERATOR, password, GROUP)
    visitor = Visitor.of(gateway)
    issuer = visitor.sign_in(OPERATOR, password)
    return visitor, issuer.partition("?")[0]


def close_a_socket(visitor: Visitor, pause: Callable[[float], None]) -> Mapping[str, object]:
    """See who is connected and have the connector close one: the way of every command."""
    for page in (PANEL, f"{PANEL}/conversations", f"{PANEL}/health"):
        visitor.get(page)
    contact = _one_of(_connected(visitor))
    asked = visitor.act(f"{PANEL}/api/people/{contact}/close_socket")
    for _ in range(_LOOKS):
        if contact not in _connected(visitor):
            return {"asked": asked["outcome"], "closed": 1}
        pause(0.5)
    raise Permanent("the connector did not close a socket that it was told to", reason="not_closed")


def _connected(visitor: Visitor) -> set[str]:
    shards = visitor.get(_SOCKETS).json()["shards"]
    return {socket["contact_id"] for shard in shards for socket in shard["page"]["items"]}


def _one_of(contacts: set[str]) -> str:
    if not contacts:
        raise Permanent("the panel shows no socket, although people wrote", reason="no_socket")
    return min(contacts)
