"""The TCP side of the server: connections that are reset, ports that refuse."""

import asyncio
import functools
import socket
import struct
from collections.abc import Callable

import uvicorn

# linger on, for no time at all: closing sends RST instead of FIN
RESET = struct.pack("ii", 1, 0)


class Listener:
    """Knows the server once it runs; without one (in a unit test) there is nothing to reset."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None

    def attach(self, server: uvicorn.Server) -> None:
        """From now on this is the server."""
        self._server = server

    async def reset(self, client: tuple[str, int] | None) -> None:
        """The client's connection ends with a TCP reset, at once."""
        for transport in self._transports(client):
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            transport.abort()
        await asyncio.sleep(0)

    async def refuse(self, seconds: float) -> None:
        """For so long nobody listens; then the same port answers again."""
        server = self._server
        if server is None:
            return
        ports = [s.getsockname()[:2] for listening in server.servers for s in listening.sockets]
        for listening in server.servers:
            listening.close()
        await self.reset(None)
        await asyncio.sleep(seconds)
        loop = asyncio.get_running_loop()
        make = _protocols(server)
        server.servers = [await loop.create_server(make, host, port) for host, port in ports]

    def _transports(self, client: tuple[str, int] | None) -> list[asyncio.Transport]:
        if self._server is None:
            return []
        connections = list(self._server.server_state.connections)
        chosen = (c for c in connections if client is None or getattr(c, "client", None) == client)
        return [connection.transport for connection in chosen if connection.transport is not None]


def _protocols(server: uvicorn.Server) -> Callable[[], asyncio.Protocol]:
    """What uvicorn itself makes of a new connection."""
    make: Callable[..., asyncio.Protocol] = server.config.http_protocol_class
    return functools.partial(
        make,
        config=server.config,
        server_state=server.server_state,
        app_state=server.lifespan.state,
    )
