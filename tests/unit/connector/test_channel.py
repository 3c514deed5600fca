"""What a connection hears is what websocket-client alone would have heard, however it arrives.

The plainest frames are read without it (connector/frames.py): this is the proof that it does not
show. The stories of tests/integration/connector/test_transport_stories.py run over TLS.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st
from websocket import ABNF, WebSocket, WebSocketException

from connector.channel import Connection
from connector.closed import Kind
from connector.limits import Limits
from connector.loop import READ, Loop
from connector.readers import Readers
from connector.stream import Stream
from tests.tape import Tape

_MASK = b"\x01\x02\x03\x04"
LIKE_FRAMES = b"\x81\x01a\x81\x01b"
"""A payload that must not be read as frames when it comes in two pieces."""


def a_websocket(sock):
    ws = WebSocket(enable_multithread=False, skip_utf8_validation=True)
    ws.sock = sock
    return ws


def a_frame(first, form, payload, *, masked=False):
    """``form`` is how the length is written: in 7, 16 or 64 bits, needed or not."""
    size = len(payload)
    form = max(form, 7 if size < 126 else 16)
    short, long, longest = bytes([size & 0x7F]), size.to_bytes(2), size.to_bytes(8)
    head = {7: short, 16: b"\x7e" + long, 64: b"\x7f" + longest}[form]
    if masked:
        head = bytes([head[0] | 0x80]) + head[1:] + _MASK
        payload = ABNF.mask(_MASK, payload)
    return bytes([first]) + head + payload


PAYLOADS = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(["añadí 🙂".encode(), b"x" * 125, b"y" * 126, b"z" * 700, (4300).to_bytes(2)]),
    st.just(LIKE_FRAMES),
)
TEXTS = st.builds(a_frame, st.just(0x81), st.sampled_from([7, 7, 7, 16, 64]), PAYLOADS)
ANY_FRAMES = st.builds(
    a_frame,
    st.sampled_from([0x01, 0x01, 0x00, 0x80, 0x82, 0x02, 0x89, 0x8A, 0x88, 0x81, 0x09, 0x83, 0xC1]),
    st.sampled_from([7, 7, 16, 64]),
    PAYLOADS,
    masked=st.booleans(),
)
UNLIMITED = Limits(max_message_bytes=1 << 64)  # or noise is taken for the head of a huge frame
BYTES = st.one_of(TEXTS, TEXTS, TEXTS, ANY_FRAMES, ANY_FRAMES, st.binary(max_size=12))


def plainly(written):
    """What the frames of a client say, without their masks, which are random."""
    said = []
    while written:
        size, begin = written[1] & 0x7F, 6
        said.append((written[0], ABNF.mask(written[2:begin], written[begin : begin + size])))
        written = written[begin + size :]
    return said


def heard_by_the_library_alone(stream):
    tape, texts = Tape(), []
    ws = a_websocket(tape)
    tape.incoming = stream
    try:
        while True:
            opcode, frame = ws.recv_data_frame(control_frame=True)
            if opcode == ABNF.OPCODE_CLOSE:
                return texts, Kind.REMOTE, plainly(b"".join(tape.written))
            if opcode not in (ABNF.OPCODE_PING, ABNF.OPCODE_PONG):
                texts.append(frame.data.decode())
    except ssl.SSLWantReadError:
        return texts, None, plainly(b"".join(tape.written))
    except UnicodeDecodeError:
        ws.send_close(1007)
    except WebSocketException:
        ws.send_close(1002)
    return texts, Kind.PROTOCOL, plainly(b"".join(tape.written))


class Listening:
    def __init__(self):
        self.texts = []
        self.end = None

    def opened(self):
        pass

    def text(self, text):
        self.texts.append(text)

    def closed(self, closed):
        self.end = closed.kind


def heard_by_a_connection(pieces):
    failures, listener = [], Listening()
    loop = Loop(on_error=failures.append)
    near, far = socket.socketpair()
    near.settimeout(0)
    far.settimeout(5)
    with closing(far), closing(near), closing(loop):
        stream = Stream(near)
        stream.watch = loop.register(stream, READ, lambda _ready: None)
        connection = Connection(loop, listener=listener, limits=UNLIMITED, readers=Readers())
        connection.adopt(stream)
        for piece in pieces:
            if listener.end is None and piece:
                far.sendall(piece)
                loop.turn()
        end = listener.end
        connection.abort()
        written = far.recv(1 << 16)
    assert failures == []
    return listener.texts, end, plainly(written)


@settings(max_examples=400)
@given(parts=st.lists(BYTES, max_size=8), cuts=st.lists(st.integers(0, 10_000), max_size=6))
@example(parts=[a_frame(0x81, 7, b"hola")], cuts=[5])
@example(parts=[a_frame(0x01, 7, b"one"), b"\x81\x01x"], cuts=[])
@example(parts=[a_frame(0x01, 7, b"one"), b"\x81\x01x"], cuts=[5])
@example(parts=[a_frame(0x82, 7, LIKE_FRAMES)], cuts=[2])
@example(parts=[a_frame(0x82, 7, LIKE_FRAMES)], cuts=[3])
@example(parts=[a_frame(0x81, 7, b"x", masked=True), b"\x81\x01x"], cuts=[1])
def test_a_connection_hears_and_answers_what_the_library_alone_does(parts, cuts):
    stream = b"".join(parts)
    marks = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})

    heard = heard_by_a_connection([stream[start:end] for start, end in pairwise(marks)])

    assert heard == heard_by_the_library_alone(stream)
