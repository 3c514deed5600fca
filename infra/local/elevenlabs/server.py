"""The simulator as an ASGI application, and as a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute

from infra.local.elevenlabs import control, rest
from infra.local.elevenlabs.simulator import Simulator
from infra.local.elevenlabs.sockets import converse
from infra.local.elevenlabs.wire import Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from infra.local.elevenlabs.settings import SimulatorSettings

HOST = "127.0.0.1"
_LARGEST_FRAME = 16 * 1024 * 1024
_WAIT_FOR_SOCKETS_S = 2


def create_app(settings: SimulatorSettings, *, folder: Path | None = None) -> Starlette:
    """Build the application; its lifespan lets the simulated time pass.

    ``app.state.world`` is the Simulator, for tests in the same process.
    """
    world = Simulator(settings, folder=folder)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        clock = asyncio.create_task(world.run())
        yield
        clock.cancel()
        await asyncio.gather(clock, return_exceptions=True)
        await world.close()

    app = Starlette(
        routes=[
            *rest.ROUTES,
            *control.ROUTES,
            WebSocketRoute("/v1/convai/conversation", converse),
        ],
        lifespan=lifespan,
        exception_handlers={404: _no_route, 405: _no_method},
    )
    app.state.world = world
    return app


def bind(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1 and nowhere else; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


class Server(uvicorn.Server):
    """Serves until it is told to stop; SIGTERM and SIGINT are a normal end."""

    def __init__(self, app: Starlette, *, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws=Protocol,
                ws_max_size=_LARGEST_FRAME,
                ws_ping_interval=None,  # the provider pings in frames of its own
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=_WAIT_FOR_SOCKETS_S,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell that connections are taken."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the usual signals without raising them again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ValueError, RuntimeError):  # only the main thread may
                loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _no_route(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "Not Found"}, 404)


async def _no_method(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "Method Not Allowed"}, 405)
