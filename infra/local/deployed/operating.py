"""The operators' panel as deployed: shut to strangers, open to whom the user pool lets in."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from conversation.errors import Permanent
from infra.local.deployed.sam import STACK
from infra.local.deployed.visitor import PANEL, Visitor
from infra.local.emulator import CREDENTIALS, REGION
from infra.local.processes import ROOT
from infra.local.settings import bystander_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.deployed.account import Account

OPERATOR: Final = "ana@example.com"
GROUP: Final = "operator"
_SOCKETS: Final = f"{PANEL}/api/sockets"
_DEAD_LETTERS: Final = f"{PANEL}/api/dead-letters"
_HEALTH: Final = f"{PANEL}/api/health"
_LOOKS: Final = 60


def is_shut(gateway: str) -> Mapping[str, object]:
    """Without a session there is a page to sign in, with all its files, and nothing else."""
    return {"files": len(Visitor.of(gateway).files())}


def operate(gateway: str, account: Account, pause: Callable[[float], None]) -> Mapping[str, object]:
    """Sign in, and do what operators do."""
    visitor, issuer = sign_in(gateway, account)
    return {
        "issuer": issuer,
        **close_a_socket(visitor, pause),
        **see_to_a_dead_letter(visitor, account),
        **consult(visitor, account.endpoint),
    }


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


def see_to_a_dead_letter(visitor: Visitor, account: Account) -> Mapping[str, object]:
    """See what lies in a queue of dead letters, and drop it: the panel's role allows it."""
    account.leave_dead_letter("{}")
    letters = visitor.get(_DEAD_LETTERS).json()["letters"]
    done = [visitor.act(f"{_DEAD_LETTERS}/drop", id=each["id"])["outcome"] for each in letters]
    left = visitor.get(_DEAD_LETTERS).json()
    if not done or set(done) != {"dropped"} or left["letters"] or left["problem"]:
        raise Permanent(f"of dead letters came {done}, and {left} are left", reason="not_dropped")
    return {"dropped": len(done)}


def consult(visitor: Visitor, endpoint: str) -> Mapping[str, object]:
    """Have ``hilo doctor --stack`` look at the deployment, and see it in the panel."""
    command = [sys.executable, "-m", "infra.cli", "doctor", "--stack", STACK, "--json"]
    mine = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION}
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--env", os.devnull], cwd=ROOT, check=False, text=True, capture_output=True,
        env=bystander_environment({}) | mine, timeout=120,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(lines[-1]) if lines else {"checks": [], "kept": False}
    shown = visitor.get(_HEALTH).json()["doctor"]["findings"]
    if not told["kept"] or len(shown) != len(told["checks"]):
        raise Permanent(
            f"the panel shows {len(shown)} findings: {done.stdout[-2000:]}{done.stderr[-2000:]}",
            reason="not_shown",
        )
    return {"examined": len(shown)}


def _connected(visitor: Visitor) -> set[str]:
    shards = visitor.get(_SOCKETS).json()["shards"]
    return {socket["contact_id"] for shard in shards for socket in shard["page"]["items"]}


def _one_of(contacts: set[str]) -> str:
    if not contacts:
        raise Permanent("the panel shows no socket, although people wrote", reason="no_socket")
    return min(contacts)
