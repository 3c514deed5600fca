"""The processes of one run, each of which may be killed, stopped, and started again."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from infra.local import children
from infra.local.processes import ChildSpec, Supervisor
from infra.local.settings import check, given
from infra.local.stack import LocalStack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.chaos.plan import Plan

AGENT = "agent_4701k8fcsvhaes5s1h6tw894g98s"
OURS = ("ELEVENLABS_", "TWILIO_", "OPENER", "ALLOWED_", "DEFAULT_AGENT", "MONITOR_", "CONTINUE_")
SETTINGS = {
    # Schedules are shortened, time-outs and times to live never are.
    "MONITOR_EVERY_S": "2",
    "SWEEP_EVERY_S": "5",
    "SWEEP_AFTER_S": "20",
    # The plan of an account, not a patience: a harness has many people at once.
    "ACCOUNT_SESSION_LIMIT": "100000",
    "PARALLEL_HANDSHAKES": "20",
    "DEFAULT_AGENT_ID": AGENT,
    "LOG_LEVEL": "INFO",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything of a run is."""

    twilio: str
    elevenlabs: str
    wires: str
    logs: Path
    environment: Mapping[str, str]


class Fleet:
    """Hilo's own processes. Its methods block; several threads may call them."""

    def __init__(self, supervisor: Supervisor, specs: dict[str, ChildSpec]) -> None:
        self._supervisor = supervisor
        self._specs = specs
        self._urls: dict[str, str] = {}
        self._turn = threading.Lock()

    @property
    def connectors(self) -> list[str]:
        return [name for name in self._specs if name.startswith("connector")]

    def start(self, name: str) -> None:
        with self._turn:
            self._urls[name] = self._supervisor.start(self._specs[name])

    def kill(self, name: str) -> None:
        self._signal(name, signal.SIGKILL)

    def terminate(self, name: str) -> None:
        """SIGTERM, and wait until it has ended by itself."""
        pid = self._supervisor.pids()[name]
        self._signal(name, signal.SIGTERM)
        for _ in range(400):
            if _ended(pid):
                return
            time.sleep(0.1)

    def end(self) -> None:
        """Nobody waits for them to drain any more."""
        for name in self._specs:
            if name in self._supervisor.pids():
                self.kill(name)

    def freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def shards_of(self, name: str) -> frozenset[int]:
        """Which shards a connector holds just now, by its own word."""
        try:
            told = httpx.get(f"{self._urls[name]}/healthz", timeout=1, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return frozenset()
        return frozenset(told["shards"])

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self._supervisor.pids()[name]
        if not _ended(pid):
            os.killpg(pid, number)


def _ended(pid: int) -> bool:
    """A child that nobody has waited for yet is a zombie: ended all the same."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a proc file
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def running(plan: Plan, folder: Path) -> Iterator[tuple[Fleet, Place]]:
    """The local stack with the wires between its parts; everything is stopped at the end."""
    mine = {n: v for n, v in given(folder / "none").items() if not n.startswith(OURS)}
    values = mine | SETTINGS | plan.settings | {"CONNECTORS": str(plan.connectors)}
    options = StackOptions(data=folder, fresh=True, hilo=())
    with LocalStack(values, options, report=lambda _: None) as stack:
        names = ["gateway", *(f"connector-{n + 1}" for n in range(plan.connectors))]
        with Supervisor(logs=stack.data.logs, report=lambda _: None) as supervisor:
            wires = supervisor.start(_wires(stack, names, plan.seed))
            doors = httpx.get(wires, trust_env=False).json()["doors"]
            fleet = Fleet(supervisor, _specs(stack, values, doors, plan))
            for name in names:
                fleet.start(name)
            place = Place(
                twilio=stack.urls["twilio"],
                elevenlabs=stack.urls["elevenlabs"],
                wires=wires,
                logs=stack.data.logs,
                environment=stack.environment,
            )
            try:
                yield fleet, place
            finally:
                fleet.end()


def _wires(stack: LocalStack, names: list[str], seed: int) -> ChildSpec:
    command = (
        sys.executable, "-m", "tests.chaos.proxy",
        f"--aws={stack.urls['aws']}",
        f"--agent={stack.urls['elevenlabs']}",
        f"--doors={','.join(names)}",
        f"--seed={seed}",
    )  # fmt: skip
    return ChildSpec("wires", command, stack.environment)


def _specs(
    stack: LocalStack, values: Mapping[str, str], doors: Mapping[str, str], plan: Plan
) -> dict[str, ChildSpec]:
    site = children.Site(
        data=stack.data,
        settings=check(values),
        environment=stack.environment | {"ELEVENLABS_API_URL": doors["agent"]},
        urls=stack.urls,
        gateway_port=urlsplit(stack.urls["gateway"]).port or 0,
    )
    specs = [*children.gateway(site), *children.connectors(site)]
    return {spec.name: _behind(spec, doors[spec.name], plan) for spec in specs}


def _behind(spec: ChildSpec, door: str, plan: Plan) -> ChildSpec:
    environment = dict(spec.environment) | {"AWS_ENDPOINT_URL": door}
    command = spec.command
    if plan.overlap and spec.name == "gateway":
        command = (*command, "--overlap")
    if plan.mutant:
        python, _, module, *rest = command
        command = (python, "-m", "tests.chaos.mutated", plan.mutant, module, *rest)
    # A sweep that a kill cut off, or a child that dies: nothing here is restarted but by us.
    return replace(spec, command=command, environment=environment, restart=False)
