"""The answer to an upgrade request, as far as it is ours to read.

websocket-client judges it. It is to be given the whole head and nothing of a refusal's body, which
it would wait for.
"""

from __future__ import annotations

import base64
import re
from email.utils import parsedate_to_datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Final

from conversation.errors import LONGEST_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 2 * 1024
_HEAD_END: Final = b"\r\n\r\n"
_SWITCHING: Final = re.compile(rb"HTTP/1\.\d 101\b")
_INTERIM: Final = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d\b")
"""An answer that only announces the answer (RFC 9110, 15.2): a proxy may send some before."""
_LENGTH: Final = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})")
_TOLD: Final = {b"upgrade": b"websocket", b"connection": b"upgrade"}
_ACCEPT: Final = b"sec-websocket-accept"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
_READ_BY_US: Final = (
    b"upgrade:",
    b"connection:",
    b"sec-websocket-",
    b"retry-after:",
    b"date:",
)


class Answer:
    """The server's answer as it comes in."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data = b""

    def add(self, data: bytes) -> None:
        """Take what has come."""
        self.data += data
        while _INTERIM.match(self.head):
            self.data = self.body

    @property
    def head(self) -> bytes:
        """Give the head with its blank line, or nothing as long as it is not whole."""
        end = self.data.find(_HEAD_END)
        return self.data[: end + len(_HEAD_END)] if end >= 0 else b""

    @property
    def body(self) -> bytes:
        """Give what follows the head: the first frames, or the text of a refusal."""
        return self.data.partition(_HEAD_END)[2]

    @property
    def needs_more(self) -> bool:
        """Tell whether the head is not whole, or the text of a refusal could still come.

        Once it needs no more, it is whole, or its head is beyond all bounds and ``head`` is empty.
        """
        head = self.head
        if not head:
            return len(self.data) <= MAX_HEAD_BYTES
        if _SWITCHING.match(head):
            return False
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length else MAX_BODY_BYTES
        return len(self.body) < min(wanted, MAX_BODY_BYTES)


def worth_reading(head: bytes) -> bytes:
    """Keep the lines that matter.

    websocket-client reads byte by byte, keeps cookies for the whole process, and would wait for
    the body of a refusal.
    """
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    status = b" ".join(first.split(b" ", 2)[:2])
    kept = [line for line in lines if line.lower().startswith(_READ_BY_US)]
    return b"\r\n".join([status, *kept, b"", b""])


def opens(head: bytes, key: str) -> bool:
    """Whether the head says what every server says, and nothing of which more could be thought.

    So it is with nearly every dial, and websocket-client's judgement costs ten times as much CPU.
    """
    if not _SWITCHING.match(head):
        return False
    said = []
    for line in head.rstrip(b"\r\n").split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in _TOLD:
            said.append((name, value.strip().lower()))
        elif name == _ACCEPT:
            said.append((name, value.strip()))
        elif name.startswith(b"sec-websocket-"):
            return False
    accept = base64.b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    return len(said) == len(_TOLD) + 1 and dict(said) == {**_TOLD, _ACCEPT: accept}


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After: seconds, or a date that is measured from the response's own Date."""
    asked = headers.get("retry-after", "")
    if asked.isdecimal():
        return min(float(asked), LONGEST_PAUSE_S)
    try:
        pause = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(0.0, pause.total_seconds()), LONGEST_PAUSE_S)
