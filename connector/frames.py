"""Frames that need no reader: those that we send, and the one in which nearly every message comes.

That is a text, whole, final, unmasked and not long; the texts that we send are such, but masked.
websocket-client needs two to five times as long for them. It has all others, and judges them.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import Final

from websocket import ABNF

_REASON_BYTES: Final = 123
"""A control frame carries 125 bytes, two of which are the code."""

_FINAL_TEXT: Final = 0x80 | ABNF.OPCODE_TEXT
_LONG: Final = 126
"""As length: the real one follows, in two bytes. Beyond it are longer ones, and masks."""
_VERY_LONG: Final = 1 << 16
_MASKED: Final = 0x80
_SHORT_HEAD: Final = Struct("!BB")
_LONG_HEAD: Final = Struct("!BBH")


def text_frame(text: str) -> bytes:
    """Write a message, masked as RFC 6455 (5.3) demands of a client."""
    data = text.encode()
    size = len(data)
    if size >= _VERY_LONG:
        return ABNF.create_frame(text, ABNF.OPCODE_TEXT).format()
    if size < _LONG:
        head = _SHORT_HEAD.pack(_FINAL_TEXT, _MASKED | size)
    else:
        head = _LONG_HEAD.pack(_FINAL_TEXT, _MASKED | _LONG, size)
    key = os.urandom(4)
    mask = int.from_bytes((key * (size // 4 + 1))[:size])
    return head + key + (int.from_bytes(data) ^ mask).to_bytes(size)


def close_frame(code: int, reason: str = "") -> bytes:
    """Write a goodbye, with as much of ``reason`` as there is room for."""
    said = reason.encode()[:_REASON_BYTES].decode(errors="ignore")  # no half of a letter
    return ABNF.create_frame(code.to_bytes(2, "big") + said.encode(), ABNF.OPCODE_CLOSE).format()


def plain_text(data: bytes, start: int) -> slice | None:
    """Where the payload is, if such a frame begins at ``start`` and has come to its end."""
    begin = start + 2
    if begin > len(data) or data[start] != _FINAL_TEXT or data[start + 1] > _LONG:
        return None
    length = data[start + 1]
    if length == _LONG:
        begin += 2
        length = int.from_bytes(data[start + 2 : begin], "big")
    return slice(begin, begin + length) if begin + length <= len(data) else None
