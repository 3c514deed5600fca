"""The stand-in as an ASGI application, and as a server on loopback."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from infra.local.twilio import control, rest
from infra.local.twilio.config import Config
from infra.local.twilio.exchange import Exchange, open_exchange

LOOPBACK = "127.0.0.1"
PAGES = r"http://(127\.0\.0\.1|localhost)(:\d+)?"


def create_app(config: Config, state_dir: Path | None = None) -> Starlette:
    """The application; its `state.exchange` is there before it starts, and closed when it ends."""
    return application(open_exchange(config, state_dir))


def application(exchange: Exchange) -> Starlette:
    """The application of an exchange that is open."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        exchange.carrier.resume()
        yield
        await exchange.close()

    # The page of the local stack has an origin of its own.
    cors = Middleware(
        CORSMiddleware, allow_origin_regex=PAGES, allow_methods=["*"], allow_headers=["*"]
    )
    app = Starlette(
        routes=[*control.routes(exchange), *rest.routes(exchange)],
        lifespan=lifespan,
        middleware=[cors],
    )
    app.state.exchange = exchange
    return app


class LoopbackServer(uvicorn.Server):
    """uvicorn that says when it listens and leaves signals to us."""

    def __init__(self, exchange: Exchange, ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application(exchange),
                log_level="error",
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=2,
            )
        )
        self._exchange = exchange
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells the address once connections are accepted."""
        await super().startup(sockets)
        self._exchange.listener.attach(self)
        host, port = (sockets or [])[0].getsockname()[:2]
        self._ready(f"http://{host}:{port}")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does nothing: by itself it would raise the signal again at the end, and exit with it."""
        yield

    def stop(self) -> None:
        """Lets go of who waits, then ends."""
        self._exchange.stop()
        self.should_exit = True


async def serve(
    config: Config,
    *,
    port: int = 0,
    state_dir: Path | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serves on 127.0.0.1 until SIGTERM or SIGINT; port 0 takes a free one."""
    exchange = open_exchange(config, state_dir)
    server = LoopbackServer(exchange, ready or _announce)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Only the main thread hears signals; elsewhere the caller cancels.
        with suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, server.stop)
    with _listening(port) as listening:
        await server.serve(sockets=[listening])


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off; otherwise an answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((LOOPBACK, port))
    return listening


def _announce(url: str) -> None:
    print(json.dumps({"listening": url}), flush=True)
