"""What we rely on in websocket-client 1.9.2, beside its documentation.

If one of these fails after an upgrade, connector/channel.py, frames.py, readers.py and upgrade.py
have to be read again before the new version may be used.
"""

from __future__ import annotations

import base64
import hashlib
import random
import ssl
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import (
    ABNF,
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketProtocolException,
)

from connector.answer import opens, worth_reading
from tests.tape import Tape

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class WatchedTape(Tape):
    """Tells when it is closed, and fails whoever would wait on it."""

    closed = False

    def fileno(self):
        raise AssertionError("nothing may wait on the descriptor")

    def close(self):
        self.closed = True


def a_websocket():
    return WebSocket(enable_multithread=False, skip_utf8_validation=True)


def an_open_websocket(tape):
    ws = a_websocket()
    ws.sock = tape
    return ws


def an_answer(key=KEY, *more):
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324  # RFC 6455 asks for it
    accept = base64.b64encode(digest).decode()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def connect(ws, tape, url="wss://example.org/v1?x=1"):
    ws.connect(
        url,
        socket=tape,
        header={"Sec-WebSocket-Key": KEY, "xi-api-key": "k"},
        suppress_origin=True,
        redirect_limit=0,
    )


def a_frame(opcode, payload=b"", *, fin=1, rsv=0):
    first = fin << 7 | rsv << 4 | opcode
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 1 << 16:
        return bytes([first, 126]) + len(payload).to_bytes(2) + payload
    return bytes([first, 127]) + len(payload).to_bytes(8) + payload


def read_all(ws):
    messages = []
    while True:
        try:
            opcode, frame = ws.recv_data_frame()
        except ssl.SSLWantReadError:
            return messages
        messages.append((opcode, bytes(frame.data)))


def test_the_version_is_the_one_these_promises_were_read_from():
    assert version("websocket-client") == "1.9.2"


def test_connect_writes_the_whole_request_to_the_given_object_and_lets_want_read_through():
    tape = WatchedTape()

    with pytest.raises(ssl.SSLWantReadError):
        connect(a_websocket(), tape)

    (request,) = tape.written
    assert request.startswith(b"GET /v1?x=1 HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n")
    assert request.count(f"Sec-WebSocket-Key: {KEY}\r\n".encode()) == 1
    assert b"Host: example.org\r\n" in request
    assert b"xi-api-key: k\r\n" in request
    assert b"Origin" not in request
    assert b"Cookie" not in request


def test_connecting_again_with_the_same_key_accepts_the_answer_to_the_first_request():
    ws = a_websocket()
    with pytest.raises(ssl.SSLWantReadError):
        connect(ws, WatchedTape())

    connect(ws, WatchedTape(an_answer()))

    assert ws.connected


def test_connect_reads_not_a_byte_beyond_the_head():
    tape = WatchedTape(an_answer() + b"\x81\x02hi")

    connect(a_websocket(), tape)

    assert tape.incoming == b"\x81\x02hi"


LINES = [
    *an_answer().split(b"\r\n")[1:4],
    an_answer(key="another").split(b"\r\n")[3],
    b"upgrade: WebSocket",
    b"Upgrade: h2c",
    b"CONNECTION:upgrade",
    b"Connection: keep-alive, Upgrade",
    b"Sec-WebSocket-Protocol: chat",
    b"Sec-WebSocket-Extensions: permessage-deflate",
    b"Date: Fri, 27 Nov 2026 10:00:00 GMT",
    b"no header at all",
]


@given(
    lines=st.lists(st.sampled_from(LINES), max_size=6),
    first=st.sampled_from([b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.0 101", b"HTTP/1.1 200"]),
)
def test_what_we_take_for_plainly_accepted_the_library_accepts(lines, first):
    head = b"\r\n".join([first, *lines, b"", b""])
    ws = a_websocket()

    try:
        connect(ws, WatchedTape(worth_reading(head)))
    except (WebSocketException, WebSocketBadStatusException):
        assert not opens(head, KEY)


def test_the_usual_answers_are_taken_for_plainly_accepted():
    assert opens(an_answer(KEY, "Date: now", "Server: x"), KEY)
    assert opens(b"\r\n".join([b"HTTP/1.1 101", LINES[4], LINES[6], LINES[2], b"", b""]), KEY)
    assert not opens(an_answer(key="another"), KEY)


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(key="another"),
        an_answer().replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
)
def test_an_answer_to_another_question_is_refused_without_a_response(answer):
    ws = a_websocket()

    with pytest.raises(WebSocketException):
        connect(ws, WatchedTape(answer))

    assert ws.handshake_response is None


def test_a_refusal_carries_status_and_headers_and_waits_for_no_body_of_unknown_length():
    with pytest.raises(WebSocketBadStatusException) as refused:
        connect(a_websocket(), WatchedTape(b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n\r\n"))

    assert refused.value.status_code == 429
    assert refused.value.resp_headers == {"retry-after": "7"}


def test_a_redirect_is_not_followed_and_its_status_can_be_read():
    ws = a_websocket()

    with pytest.raises(WebSocketException, match="Redirect limit"):
        connect(ws, WatchedTape(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n"))

    assert ws.handshake_response.status == 302


def test_two_hundred_random_splits_of_a_stream_decode_to_the_same_messages():
    rng = random.Random(7)
    stream = b"".join(
        [
            a_frame(ABNF.OPCODE_TEXT, b"one"),
            a_frame(ABNF.OPCODE_TEXT, b"t" * 300, fin=0),
            a_frame(ABNF.OPCODE_PING, b"between"),
            a_frame(ABNF.OPCODE_CONT, b"wo" * 40_000),
            a_frame(ABNF.OPCODE_BINARY, b""),
            a_frame(ABNF.OPCODE_TEXT, "tres ñandúes".encode()),
        ]
    )
    expected = read_all(an_open_websocket(WatchedTape(stream)))

    for _ in range(200):
        tape = WatchedTape()
        ws = an_open_websocket(tape)
        cuts = sorted(rng.sample(range(len(stream)), 12))
        messages = []
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            tape.incoming += stream[start:end]
            messages += read_all(ws)
        assert messages == expected

    assert [len(data) for _, data in expected] == [3, 80_300, 0, 14]


def test_a_ping_is_answered_with_one_whole_masked_frame_through_the_object():
    tape = WatchedTape(a_frame(ABNF.OPCODE_PING, b"42"))

    read_all(an_open_websocket(tape))

    (pong,) = tape.written
    assert pong[:2] == bytes([0x80 | ABNF.OPCODE_PONG, 0x80 | 2])
    assert ABNF.mask(pong[2:6], pong[6:]) == b"42"


def test_nothing_else_is_written_while_reading():
    tape = WatchedTape(a_frame(ABNF.OPCODE_TEXT, b"hola") + a_frame(ABNF.OPCODE_PONG, b""))

    read_all(an_open_websocket(tape))

    assert tape.written == []


def test_a_message_is_made_into_the_one_frame_that_the_library_itself_would_send():
    tape = WatchedTape()
    an_open_websocket(tape).send_text("ñ" * 100_000)

    frame = ABNF.create_frame("ñ" * 100_000, ABNF.OPCODE_TEXT).format()

    (sent,) = tape.written
    assert frame[:10] == sent[:10]
    assert ABNF.mask(frame[10:14], frame[14:]).decode() == "ñ" * 100_000


def test_a_close_frame_is_given_with_its_code_and_answered_with_one_frame():
    tape = WatchedTape(a_frame(ABNF.OPCODE_CLOSE, (4300).to_bytes(2) + b"queue"))

    opcode, frame = an_open_websocket(tape).recv_data_frame()

    assert opcode == ABNF.OPCODE_CLOSE
    assert frame.data == (4300).to_bytes(2) + b"queue"
    assert len(tape.written) == 1
    assert not tape.closed


@pytest.mark.parametrize(
    "stream",
    [
        a_frame(ABNF.OPCODE_TEXT, b"x", rsv=4),
        a_frame(3, b"x"),
        a_frame(ABNF.OPCODE_CONT, b"x"),
        a_frame(ABNF.OPCODE_TEXT, b"x", fin=0) + a_frame(ABNF.OPCODE_TEXT, b"y"),
        a_frame(ABNF.OPCODE_PING, b"x", fin=0),
        a_frame(ABNF.OPCODE_CLOSE, b"x"),
        a_frame(ABNF.OPCODE_CLOSE, (1006).to_bytes(2)),
    ],
    ids=["rsv", "opcode", "continuation", "interleaved", "split ping", "half code", "code 1006"],
)
def test_malformed_frames_are_a_protocol_exception(stream):
    with pytest.raises(WebSocketProtocolException):
        read_all(an_open_websocket(WatchedTape(stream)))


def test_the_announced_length_can_be_seen_before_the_payload_has_come():
    ws = an_open_websocket(WatchedTape(a_frame(ABNF.OPCODE_TEXT, b"x" * 70_000)[:1_000]))

    read_all(ws)

    assert ws.frame_buffer.length == 70_000


def holds_something(ws):
    return ws.frame_buffer.header or ws.frame_buffer.recv_buffer or ws.cont_frame.cont_data


@pytest.mark.parametrize("fin", [0, 1], ids=["in parts", "whole"])
def test_whether_a_message_has_begun_can_be_seen_at_each_of_its_bytes(fin):
    frame = a_frame(ABNF.OPCODE_TEXT, b"x" * 300, fin=fin)
    for cut in range(1, len(frame)):
        ws = an_open_websocket(WatchedTape(frame[:cut]))
        read_all(ws)
        assert holds_something(ws)

    ws = an_open_websocket(WatchedTape(frame + a_frame(ABNF.OPCODE_CONT) * (1 - fin)))
    read_all(ws)
    assert not holds_something(ws)


def test_the_length_is_forgotten_between_frames_and_parts_are_kept_apart():
    ws = an_open_websocket(WatchedTape(a_frame(ABNF.OPCODE_TEXT, b"x" * 500, fin=0)))

    read_all(ws)

    assert ws.frame_buffer.length is None
    assert len(ws.cont_frame.cont_data[1]) == 500
