"""Which frames are read without websocket-client, where their payload is, and what is written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websocket import ABNF

from connector.frames import plain_text, text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 300, 65_535])
def test_a_whole_text_is_found_wherever_it_begins_and_whatever_follows(length):
    head = b"\x81" + (bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big"))
    payload = b"x" * length

    found = plain_text(b"before" + head + payload + b"\x81\x05", len(b"before"))

    assert found is not None
    assert (b"before" + head + payload + b"\x81\x05")[found] == payload
    assert found.stop == len(b"before" + head + payload)


@pytest.mark.parametrize("frame", [b"\x81\x02hi", b"\x81\x7e\x00\x80" + b"x" * 128])
def test_a_text_that_has_not_come_to_its_end_is_not_found(frame):
    assert plain_text(frame, 0) is not None
    for cut in range(len(frame)):
        assert plain_text(frame[:cut], 0) is None


@pytest.mark.parametrize(
    "frame",
    [
        b"\x01\x02hi",
        b"\x80\x02hi",
        b"\x82\x02hi",
        b"\x88\x02\x03\xe8",
        b"\x89\x02hi",
        b"\x8a\x02hi",
        b"\x83\x02hi",
        b"\x91\x02hi",
        b"\xa1\x02hi",
        b"\xc1\x02hi",
        b"\x81\x82\x00\x00\x00\x00hi",
        b"\x81\xfe\x00\x02\x00\x00\x00\x00hi",
        b"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x02hi",
    ],
    ids=[
        "begun", "continued", "binary", "close", "ping", "pong", "unknown", "rsv3", "rsv2", "rsv1",
        "masked", "masked long", "very long",
    ],
)  # fmt: skip
def test_every_other_frame_is_left_to_the_library(frame):
    assert plain_text(frame, 0) is None


def as_the_library(text, key):
    """The same text as websocket-client writes it, masked with the same key."""
    frame = ABNF.create_frame(text, ABNF.OPCODE_TEXT)
    frame.get_mask_key = lambda _: key
    return frame.format()


@given(st.text())
@example("")
@example("x" * 125)
@example("x" * 126)
@example("é" * 32_767)
@example("x" * 65_536)
@example("¿" * 40_000)
def test_a_text_is_written_as_the_library_writes_it(text):
    written = text_frame(text)

    size = len(text.encode())
    key = written[len(written) - size - 4 : len(written) - size]
    assert written == as_the_library(text, key)


def test_each_frame_has_a_mask_of_its_own():
    assert len({text_frame("hola") for _ in range(20)}) == 20
