"""Frames that need no reader: those that we send, and the one in which nearly every message comes.

That is a text, whole, final, unmasked and not long. websocket-client needs five times as long for
it. It has all others, and judges them.
"""

from __future__ import annotations

from typing import Final

from websocket import ABNF

_REASON_BYTES: Final = 123
"""A control frame carries 125 bytes, two of which are the code."""

_FINAL_TEXT: Final = 0x80 | ABNF.OPCODE_TEXT
_LONG: Final = 126
"""As length: the real one follows, in two bytes. Beyond it are longer ones, and masks."""


def text_frame(text: str) -> bytes:
    """Write a message."""
    return ABNF.create_frame(text, ABNF.OPCODE_TEXT).format()


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
