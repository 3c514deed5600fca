"""Who is measured: how each is started, and how many sockets it is given."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.holder.process import ROOT, Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.holder.talking import Order

HERE = Path(__file__).parent
_IN_IMAGE = {"OPENSSL_CONF": str(ROOT / "connector/openssl.cnf")}
"""What the connector's image sets. The others have OpenSSL's defaults, as who uses them has."""


@dataclass(frozen=True)
class Rival:
    """``sockets``: of the whole measurement, and of the quick one."""

    name: str
    title: str
    command: tuple[str, ...]
    sockets: int
    quick: int
    needs: str | None = None
    resume: bool = True
    reconnects: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)

    def absent(self) -> str | None:
        """Why it cannot be measured here."""
        if self.command[0] != sys.executable:
            if shutil.which(self.command[0]) is None:
                return f"{self.command[0]} is not installed"
            if not (HERE / "node" / "node_modules" / "ws").exists():
                return "ws is not installed: run npm install in tests/bench/holder/node"
        elif self.needs is not None and importlib.util.find_spec(self.needs) is None:
            return f"{self.needs} is not installed"
        return None

    def start(self, order: Order) -> Process:
        """It runs, and is ready."""
        return Process([*self.command, json.dumps(asdict(order))], self.environment)


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"tests.bench.holder.{module}")


RIVALS = (
    Rival(
        "hilo", "Hilo (TLS resumed)", _python("hilo"), 10_000, 2000, environment=_IN_IMAGE,
    ),
    Rival(
        "hilo_full", "Hilo, full handshakes", _python("hilo"), 5000, 1000, resume=False,
        reconnects=False, environment=_IN_IMAGE,
    ),
    Rival(
        "transport", "Hilo's transport alone (resumed)", _python("transport"), 5000, 1000,
        reconnects=False, environment=_IN_IMAGE,
    ),
    Rival(
        "transport_full", "Hilo's transport alone, full handshakes", _python("transport"),
        5000, 1000, resume=False, reconnects=False, environment=_IN_IMAGE,
    ),
    Rival("node_ws", "Node `ws`", ("node", str(HERE / "node" / "client.js")), 10_000, 2000),
    Rival("picows", "`picows`", _python("peers.picows_client"), 10_000, 2000, "picows"),
    Rival("aiohttp", "`aiohttp`", _python("peers.aiohttp_client"), 5000, 1000, "aiohttp"),
    Rival(
        "websockets_asyncio", "`websockets` asyncio", _python("peers.websockets_asyncio"),
        5000, 1000, "websockets",
    ),
    Rival(
        "websockets_sync", "`websockets.sync`, threads", _python("peers.websockets_sync"),
        500, 300, "websockets",
    ),
    Rival(
        "wsclient_threads", "websocket-client, a thread each", _python("peers.wsclient_threads"),
        1000, 500, "websocket",
    ),
)  # fmt: skip
