"""Which frames are read without websocket-client, and where their payload is."""

from __future__ import annotations

import pytest

from connector.frames import plain_text


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
