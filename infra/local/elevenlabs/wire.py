"""A socket as the sessions use it: frames in and out, each logged with its time."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from infra.local.elevenlabs.shapes import UnreadableError, read_object, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.websockets import WebSocket
    from websockets.http11 import Request

    from infra.local.elevenlabs.shapes import Json

_FRAMES_KEPT = 2000
_REASON_BYTES = 123  # RFC 6455, 5.5.1: a close frame holds 125 bytes, two of them the code
_TRANSPORT = "simulator.transport"


class GoneError(Exception):
    """The connection is closed; ``code`` is what the other side gave, 1006 if nothing."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Protocol(WebSocketsSansIOProtocol):
    """Uvicorn's WebSocket protocol that lets the application reach the transport, to cut it."""

    def handle_connect(self, event: Request) -> None:
        """Put the transport into the scope before the application's task first runs."""
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004  # Switching Protocols
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[_TRANSPORT] = self.transport


@dataclass(slots=True)
class SessionLog:
    """What happened on one socket, for the control API."""

    session_id: str
    agent_id: str
    opened_at: float
    dialect: str = ""
    frames: deque[Json] = field(default_factory=lambda: deque(maxlen=_FRAMES_KEPT))
    closed_at: float | None = None
    close_code: int | None = None
    close_reason: str = ""
    closed_by: str = ""

    def shown(self, *, with_frames: bool) -> Json:
        """As JSON."""
        row = {
            "conversation_id": self.session_id,
            "agent_id": self.agent_id,
            "dialect": self.dialect,
            "opened_at": self.opened_at,
            "closed_at": self.closed_at,
            "close_code": self.close_code,
            "close_reason": self.close_reason,
            "closed_by": self.closed_by,
        }
        return {**row, "frames": list(self.frames)} if with_frames else row


class Wire:
    """One accepted socket. After it is closed, sending does nothing and receiving raises."""

    def __init__(self, websocket: WebSocket, log: SessionLog, clock: Callable[[], float]) -> None:
        self._websocket = websocket
        self._clock = clock
        self.log = log
        self.closed = False

    async def receive(self) -> Json:
        """The next frame; raises GoneError at the end, UnreadableError for what is no object."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._ended(
                int(message.get("code") or 1006), str(message.get("reason") or ""), "client"
            )
            raise GoneError(int(message.get("code") or 1006))
        raw = message.get("text")
        if raw is None:
            raise UnreadableError("a text frame is wanted, this is a binary one")
        try:
            frame = read_object(raw)
        except UnreadableError:
            self._write("in", {"unreadable": raw[:200]})
            raise
        self._write("in", frame)
        return frame

    async def send(self, frame: Json) -> None:
        """Send a frame."""
        await self._send(written(frame), frame)

    async def send_raw(self, text: str) -> None:
        """Send a text that may be no frame at all."""
        await self._send(text, {"raw": text})

    async def close(self, code: int, reason: str = "") -> None:
        """Close from this side."""
        if self.closed:
            return
        self._ended(code, reason, "server")
        cut = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        try:
            await self._websocket.close(code, cut)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client was faster

    def drop(self) -> None:
        """Cut the connection without a close frame: the client sees a reset."""
        if self.closed:
            return
        self._ended(1006, "", "drop")
        transport = self._websocket.scope.get("extensions", {}).get(_TRANSPORT)
        if isinstance(transport, asyncio.Transport):
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def _send(self, text: str, shown: Json) -> None:
        if self.closed:
            return
        self._write("out", shown)
        try:
            await self._websocket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            self._ended(1006, "", "client")

    def _write(self, direction: str, frame: Json) -> None:
        self.log.frames.append({"at": self._clock(), "direction": direction, "frame": frame})

    def _ended(self, code: int, reason: str, by: str) -> None:
        if self.closed:
            return
        self.closed = True
        self.log.closed_at = self._clock()
        self.log.close_code, self.log.close_reason, self.log.closed_by = code, reason, by
