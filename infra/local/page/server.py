"""The page as an ASGI application, and as a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from infra.local.page.parlour import Parlour
from infra.local.page.routes import routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from infra.local.page.site import Site

HOST: Final = "127.0.0.1"
STATIC: Final = Path(__file__).parent / "static"

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def create_app(site: Site) -> Starlette:
    """The application; ``app.state.parlour`` is what stands behind it."""
    parlour = Parlour.of(site)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with parlour.open():
            yield

    app = Starlette(
        routes=[
            Route("/", _page, methods=["GET"]),
            *routes(parlour),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        lifespan=lifespan,
        middleware=[
            # Another name that leads here is a page elsewhere, trying to look in.
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
            Middleware(WithHeaders),
        ],
    )
    app.state.parlour = parlour
    return app


class WithHeaders:
    """Adds our headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request; ASGI's own shape."""

        async def sending(message: MutableMapping[str, object]) -> None:
            if message["type"] == "http.response.start":
                ours = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *ours]  # type: ignore[misc]  # ASGI's
            await send(message)

        await self._app(scope, receive, sending)


class Server(uvicorn.Server):
    """uvicorn that says when it listens, and lets the open pages go when it ends."""

    def __init__(self, app: Starlette, ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        )
        self._parlour: Parlour = app.state.parlour
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells the address once connections are accepted."""
        await super().startup(sockets)
        port = (sockets or [])[0].getsockname()[1]
        self._ready(f"http://{HOST}:{port}")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends on the usual signals without raising them again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(RuntimeError, ValueError):  # only the main thread hears signals
                loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        """Lets the pages go, then ends."""
        self._parlour.live.stop()
        self.should_exit = True


def listening(port: int) -> socket.socket:
    """A socket on 127.0.0.1; port 0 takes a free one.

    With the protocol named, asyncio turns Nagle's algorithm off: otherwise an answer takes 40 ms.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((HOST, port))
    return found


async def _page(_request: Request) -> Response:
    return FileResponse(STATIC / "index.html")
