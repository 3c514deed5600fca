"""The whole of Hilo on this machine, as a context manager: the local composition root.

    with LocalStack(given(Path(".env")), StackOptions(data=Path(".local"))) as stack:
        print(stack.urls["gateway"])

Stacks with different data folders can run side by side: every port is chosen free.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

from infra.local import children, cloudformation
from infra.local.data import DataFolder, RunningStack
from infra.local.emulator import emulator
from infra.local.ports import free_port
from infra.local.processes import ROOT, ChildSpec, Supervisor, stopping_on_signals
from infra.local.settings import (
    SIMULATED_SENDER,
    Provider,
    StackSettings,
    bystander_environment,
    check,
    product_environment,
    simulated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from infra.local.children import Site

EMULATOR_HOME: Final = ROOT / ".venv-aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Where and how a stack runs. A port of 0 takes a free one."""

    data: Path
    fresh: bool = False
    gateway_port: int = 0
    page_port: int = 0
    emulator_home: Path = EMULATOR_HOME
    hilo: Sequence[Callable[[Site], list[ChildSpec]]] = field(default=children.HILO)
    handle_signals: bool = False
    """Let Ctrl-C and SIGTERM end ``wait``. Only in a process' main thread."""


class LocalStack:
    """Starts everything on entering and stops everything on leaving.

    ``values`` are the user's settings (see ``settings.given``). While inside, ``urls`` holds the
    address of each process by its name (``aws``, ``gateway``, ``elevenlabs``, ``twilio``,
    ``connector-1``…; a real provider has none) and ``environment`` what Hilo's own are told.

    Entering raises ``MisconfiguredError`` before anything starts, ``Permanent`` if the folder is
    in use, the emulator is not installed or a process dies, ``StopRequested`` on Ctrl-C.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        options: StackOptions,
        report: Callable[[str], None] = print,
    ) -> None:
        self._values = dict(values)
        self._options = options
        self._report = report
        self._exits = ExitStack()
        self.data = DataFolder(options.data.resolve())
        self.simulated = simulated(values)
        self.urls: dict[str, str] = {}
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            lock = exits.enter_context(self.data.locked())
            if self._options.fresh:
                self.data.wipe()
            settings = check(self._values)
            self._supervisor = Supervisor(
                logs=self.data.logs, report=self._report, keep_open=(lock,)
            )
            if self._options.handle_signals:
                exits.enter_context(stopping_on_signals(self._supervisor))
            exits.enter_context(self._supervisor)
            exits.callback(self.data.forget_running)
            self._start(settings)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    def wait(self) -> None:
        """Watch over the processes until asked to stop. Raises ``ChildDiedError``."""
        self._supervisor.wait()

    def check(self) -> None:
        """Look once at every process, as ``wait`` does over and over."""
        self._supervisor.check()

    def pause(self, seconds: float) -> None:
        """Look once at every process, then let time pass. Raises ``StopRequested`` on Ctrl-C."""
        self._supervisor.pause(seconds)

    def pids(self) -> dict[str, int]:
        """The process ids, by name."""
        return self._supervisor.pids()

    def _start(self, settings: StackSettings) -> None:
        outputs = self._start_aws()
        port = self._options.gateway_port or free_port()
        # Known before it runs: the simulator of Twilio must know where to deliver.
        self.urls["gateway"] = f"http://127.0.0.1:{port}"
        self._start_simulators()
        self.environment = product_environment(
            self._values, secrets=self.data.secrets(), outputs=outputs, urls=self.urls
        )
        site = children.Site(
            data=self.data,
            settings=settings,
            environment=self.environment,
            urls=self.urls,
            gateway_port=port,
            page_port=self._options.page_port,
        )
        self._start_hilo(site)
        self._announce()

    def _start_aws(self) -> Mapping[str, str]:
        spec = emulator(
            home=self._options.emulator_home,
            data=self.data.of("aws"),
            environment=bystander_environment(self._values),
        )
        self._start_child(spec)
        prefix = self._values.get("TABLE_PREFIX", "hilo")
        return cloudformation.deploy(self.urls["aws"], prefix=prefix)

    def _start_simulators(self) -> None:
        if Provider.ELEVENLABS in self.simulated:
            self._start_child(self._elevenlabs())
        if Provider.TWILIO in self.simulated:
            self._start_child(self._twilio())

    def _elevenlabs(self) -> ChildSpec:
        known = self.data.secrets()
        return children.elevenlabs(
            self.data,
            api_key=known.elevenlabs_api_key,
            webhook_secret=known.elevenlabs_webhook_secret,
            gateway_url=self.urls["gateway"],
            environment=bystander_environment(self._values),
        )

    def _twilio(self) -> ChildSpec:
        known = self.data.secrets()
        return children.twilio(
            self.data,
            account_sid=known.twilio_account_sid,
            auth_token=known.twilio_auth_token,
            sender=self._values.get("TWILIO_WHATSAPP_NUMBER", SIMULATED_SENDER),
            gateway_url=self.urls["gateway"],
            environment=bystander_environment(self._values),
        )

    def _start_hilo(self, site: Site) -> None:
        for specs in self._options.hilo:
            for spec in specs(replace(site, urls=dict(self.urls))):
                self._start_child(spec)

    def _start_child(self, spec: ChildSpec) -> None:
        self._report(f"  starting {spec.name} …")
        self.urls[spec.name] = self._supervisor.start(spec)

    def _announce(self) -> None:
        self.data.write_running(RunningStack(os.getpid(), self.urls, self.environment))
