"""The opening handshake of a WebSocket, as bytes in and bytes out.

It is websocket-client's: its `connect` runs once to write the request, and once more, with the same
key, to judge the answer when the whole of it is there, unless that says plainly what was expected.
So it never waits for a byte.
"""

from __future__ import annotations

import base64
import os
import re
import ssl
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from websocket import WebSocket, WebSocketBadStatusException, WebSocketException

from connector.answer import MAX_BODY_BYTES, opens, retry_after_s, worth_reading
from connector.closed import Closed, Kind, Refusal
from conversation.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY: Final = "Sec-WebSocket-Key"
_LINE_END: Final = b"\n"
_UNSAFE: Final = re.compile(r"[^\x20-\x7e]")
_DIFFERENT: Final = 64
"""Requests that are remembered: one an agent, unless each dial has a URL of its own."""
_ANYWHERE: Final = "ws://judge/"
"""An answer is judged by the key alone."""


class Upgrades:
    """Makes upgrades. Requests that differ by their key alone are written by the library once."""

    def __init__(self) -> None:
        self._mark = _new_key()  # no URL and no header can hold it
        self._template = lru_cache(_DIFFERENT)(self._write)

    def new(self, url: str, headers: Mapping[str, str]) -> Upgrade:
        """One for a dial. Raises `Permanent` for a header that cannot be sent as it is."""
        key = _new_key()
        template = self._template(url, tuple(headers.items()))
        return Upgrade(key, template.replace(self._mark.encode(), key.encode()))

    def _write(self, url: str, headers: tuple[tuple[str, str], ...]) -> bytes:
        if any(_UNSAFE.search(name + value) for name, value in headers):
            raise Permanent("a header has characters that HTTP cannot carry", reason="bad_header")
        script = _Script()
        with suppress(ssl.SSLWantReadError):
            _connect(WebSocket(), url, script, {_KEY: self._mark, **dict(headers)})
        return script.written


class Upgrade:
    """``request`` is what to send. The WebSocket is open once `judge` has answered None."""

    __slots__ = ("_key", "request")

    def __init__(self, key: str, request: bytes) -> None:
        self._key = key
        self.request = request

    def judge(self, head: bytes, body: bytes) -> Closed | None:
        """Judge the whole head of the answer. None: the WebSocket is open."""
        if opens(head, self._key):
            return None
        ws = WebSocket(enable_multithread=False)
        try:
            _connect(ws, _ANYWHERE, _Script(worth_reading(head)), {_KEY: self._key})
        except WebSocketBadStatusException as error:
            return _refused(error.status_code, error.resp_headers or {}, body)
        except (WebSocketException, ssl.SSLWantReadError):
            response = ws.handshake_response
            if response is None:
                return Closed(Kind.UPGRADE, "not_a_websocket")
            return _refused(response.status, response.headers, body)
        return None


class _Script:
    """A socket that plays a given answer to websocket-client and keeps what it writes.

    The library asks for one byte at a time, and looks at each for the end of the line. It is given
    the line in two pieces, the second of which is its end: a tenth of what a dial costs us.
    """

    __slots__ = ("_answer", "_given", "written")

    def __init__(self, answer: bytes = b"") -> None:
        self._answer = answer
        self._given = 0
        self.written = b""

    def recv(self, _size: int) -> bytes:
        end = self._answer.find(_LINE_END, self._given)
        piece = self._answer[self._given : max(end, self._given + 1)]
        self._given += len(piece)
        if not piece:
            raise ssl.SSLWantReadError
        return piece

    def send(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def gettimeout(self) -> float:
        return 0

    def close(self) -> None:
        """Nothing is open."""


def _connect(ws: WebSocket, url: str, script: _Script, header: dict[str, str]) -> None:
    ws.connect(  # type: ignore[no-untyped-call]  # websocket-client leaves it untyped
        url, socket=script, header=header, suppress_origin=True, redirect_limit=0
    )


def _new_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


def _refused(status: int | None, headers: Mapping[str, str], body: bytes) -> Closed:
    if status is None:
        return Closed(Kind.UPGRADE, "not_http")
    text = body[:MAX_BODY_BYTES].decode(errors="replace")
    refusal = Refusal(status, retry_after_s(headers), text)
    return Closed(Kind.REFUSED, f"http_{status}", refusal=refusal)
