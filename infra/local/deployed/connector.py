"""The connector as its task would run it: what the task definition says, and its role may."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import httpx

from conversation.errors import Permanent
from infra.local.ports import free_port
from infra.local.processes import AnswersAt, ChildSpec
from infra.local.settings import bystander_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.deployed.account import Account

NAME: Final = "connector-1"
_HEALTH: Final = "/healthz"
_LOOKS: Final = 60


def spec_of(account: Account) -> ChildSpec:
    """What to run. It is ready once its health page says so, as ECS asks."""
    port = free_port()
    environment = bystander_environment({}) | account.task_environment()
    environment |= account.credentials_of(account.outputs()["ConnectorTaskRole"])
    environment |= {
        "AWS_ENDPOINT_URL": account.endpoint, "HEALTH_PORT": str(port), "INBOX_WAIT_S": "1"
    }  # fmt: skip
    return ChildSpec(
        NAME,
        (sys.executable, "-m", "connector"),
        environment,
        ready=AnswersAt(f"http://127.0.0.1:{port}", _HEALTH),
        stop_within_s=30,
        restart=True,
    )


def health(url: str) -> dict[str, Any]:
    """What the health page says now; nothing where nobody answers."""
    try:
        return dict(httpx.get(url + _HEALTH, timeout=5, trust_env=False).json())
    except httpx.TransportError:
        return {}


def serves(url: str, pause: Callable[[float], None]) -> dict[str, Any]:
    """Wait until it holds shards. Raises ``Permanent`` where it does not come to it."""
    said = health(url)
    for _ in range(_LOOKS):
        if said.get("shards"):
            return said
        pause(0.5)
        said = health(url)
    raise Permanent(f"the connector does not begin: {said}", reason="not_begun")
