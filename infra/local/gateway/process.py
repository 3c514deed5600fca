"""The gateway as a process: HTTP, the queue and the schedules side by side, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import boto3
import uvicorn
from botocore.config import Config

from infra.local.gateway.functions import (
    FUNCTIONS,
    Cadence,
    FromOutbox,
    Function,
    Http,
    Scheduled,
)
from infra.local.gateway.invocation import Failed, Outcome, invoke
from infra.local.gateway.poller import Poller
from infra.local.gateway.queue_events import queue_arn
from infra.local.gateway.schedule import schedule_event, tick
from infra.local.gateway.server import Application

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

THREADS: Final = 24
"""Handlers, polls and schedules that can be under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What the gateway is told on its command line."""

    port: int
    region: str
    outbox_queue_url: str
    every_s: Mapping[Cadence, float]
    overlap: bool = False


class Gateway:
    """The functions with everything that calls them."""

    def __init__(self, options: GatewayOptions) -> None:
        self._options = options
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; then let the calls under way end."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="lambda"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        sources = [self._source(function) for function in FUNCTIONS.values()]
        await asyncio.gather(self._serve(), *(source for source in sources if source))

    def call(self, function: Function, event: object) -> Outcome:
        """Invoke ``function`` and tell in one line how it went."""
        request_id = str(uuid.uuid4())
        outcome = invoke(function, event, request_id=request_id, region=self._options.region)
        if isinstance(outcome, Failed):
            say_failed(function, outcome, request_id)
        return outcome

    async def _serve(self) -> None:
        listener = _listening(self._options.port)
        port = listener.getsockname()[1]
        server = _Server(
            uvicorn.Config(
                Application(self.call),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=10,
            ),
            announce=lambda: say({"listening": f"http://127.0.0.1:{port}"}),
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait(
            {serving, asyncio.create_task(self._stop.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        server.should_exit = True
        await serving

    def _source(self, function: Function) -> Awaitable[None] | None:
        match function.trigger:
            case FromOutbox() as trigger:
                return self._poller(function, trigger).run(
                    stop=self._stop, concurrency=trigger.concurrency
                )
            case Scheduled(cadence):
                return tick(
                    lambda: asyncio.to_thread(self.call, function, self._scheduled(function)),
                    every_s=self._options.every_s[cadence],
                    stop=self._stop,
                    overlap=self._options.overlap,
                )
            case Http():
                return None

    def _poller(self, function: Function, trigger: FromOutbox) -> Poller:
        # The endpoint and the credentials come from botocore's own variables.
        client = boto3.client("sqs", region_name=self._options.region, config=_TIMEOUTS)
        return Poller(
            queue_url=self._options.outbox_queue_url,
            queue_arn=queue_arn(self._options.outbox_queue_url, self._options.region),
            batch_size=trigger.batch_size,
            client=client,
            call=lambda event: self.call(function, event),
        )

    def _scheduled(self, function: Function) -> dict[str, object]:
        return schedule_event(
            f"hilo-{function.name}",
            region=self._options.region,
            now=datetime.now(UTC),
            event_id=str(uuid.uuid4()),
        )


_TIMEOUTS: Final = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1})


def _listening(port: int) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms a request on a kept connection.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    found.listen(512)
    return found


class _Server(uvicorn.Server):
    """Uvicorn that announces itself and leaves the signals to the gateway."""

    def __init__(self, config: uvicorn.Config, *, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def say_failed(function: Function, failed: Failed, request_id: str) -> None:
    """One JSON line about a handler that failed."""
    say(
        {
            "level": "ERROR",
            "event": "handler_failed",
            "function": function.name,
            "request_id": request_id,
            "error": failed.error,
            "message": failed.message,
            "where": failed.where,
        }
    )


def say(line: Mapping[str, object]) -> None:
    """Print one JSON line, in one write: several threads speak, and their lines must not mix."""
    print(f"{json.dumps(line)}\n", end="", flush=True)
