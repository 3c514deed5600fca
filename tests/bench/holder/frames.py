"""The load server's side of the WebSocket protocol: small frames only."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SMALL, _MEDIUM = 126, 127


def accept(head: bytes) -> bytes:
    """The answer to an upgrade request."""
    key = b""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"sec-websocket-key":
            key = value.strip()
    digest = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
    )


def frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked frame of less than 64 KB."""
    size = len(payload)
    if size < _SMALL:
        return bytes((0x80 | opcode, size)) + payload
    return bytes((0x80 | opcode, _SMALL)) + size.to_bytes(2, "big") + payload


def text(kind: str, **body: Any) -> bytes:
    """One message of the agent."""
    return frame(TEXT, json.dumps({"type": kind, **body}, ensure_ascii=False).encode())


def take(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first masked frame: opcode, payload, rest. ``None``: not all of it is there."""
    if len(data) < 2:
        return None
    size, at = data[1] & 0x7F, 2
    if size == _SMALL:
        size, at = int.from_bytes(data[2:4], "big"), 4
    elif size == _MEDIUM:
        size, at = int.from_bytes(data[2:10], "big"), 10
    end = at + 4 + size
    if len(data) < end:
        return None
    return data[0] & 0x0F, _unmask(data[at + 4 : end], data[at : at + 4]), data[end:]


def _unmask(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    plain = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return plain.to_bytes(size, "big")
