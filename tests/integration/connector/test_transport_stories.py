"""An open connection and what can happen to it, each story over real loopback sockets."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
import time
import weakref

import pytest
from websockets.sync.server import serve

from connector.channel import _FRAMES_A_TURN
from connector.closed import Closed, Kind
from connector.readers import Readers
from tests.integration.connector.far_end import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    close_frame,
    far_end,
    frame,
    read_frame,
    read_head,
    reset,
    switching,
    until_eof,
    upgrade,
)
from tests.integration.connector.near_end import NearEnd


@pytest.fixture(params=["ws", "wss"])
def context(request, certificate):
    """Each story that asks for it is told twice, without TLS and with it."""
    return certificate.server_context() if request.param == "wss" else None


def test_an_echo_comes_back(near, context):
    def echo(connection):
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, ssl=context) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        port = server.socket.getsockname()[1]
        listener = near.dial(
            f"{'wss' if context else 'ws'}://localhost:{port}/",
            {"xi-api-key": "k"},
            on_opened=lambda connection: connection.send("¿me oye? 🙂"),
            on_text=lambda connection, _text: connection.close(),
        )

        closed = near.until_closed(listener)
        server.shutdown()
        thread.join(5)

    assert listener.texts == ["¿me oye? 🙂"]
    assert closed == Closed(Kind.LOCAL, "closed", 1000)


def test_the_headers_and_the_query_reach_the_server(near):
    heads = []

    def story(sock):
        heads.append(upgrade(sock))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(f"{far.url}?agent_id=a1", {"xi-api-key": "k3y"})
        near.until_open(listener)
        near.drop_all()

    (head,) = heads
    assert head.startswith(b"GET /v1?agent_id=a1 HTTP/1.1\r\n")
    assert b"\r\nxi-api-key: k3y\r\n" in head
    assert b"Origin" not in head
    assert far.failures == []


def test_a_megabyte_to_a_slow_reader_arrives_whole_and_in_order(near, context):
    received, queued = [], []
    message = "añb" * 250_000

    def story(sock):
        upgrade(sock)
        for _ in range(3):
            time.sleep(0.05)
            received.append(read_frame(sock))
        sock.sendall(close_frame(1000))

    def speak(connection):
        connection._stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        connection.send("before")
        connection.send(message)
        queued.append(connection._stream.queued)
        connection.send("after")

    with far_end(story, context=context, receive_buffer=4096) as far:
        listener = near.dial(far.url, on_opened=speak, max_queued_bytes=4_000_000)
        near.until_closed(listener)

    assert far.failures == []
    assert queued[0] > 100_000, "the kernel took it all: the story was not told"
    assert [payload.decode() for _, payload in received] == ["before", message, "after"]


def test_two_frames_in_one_tls_record_are_both_delivered(near, certificate):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"one") + frame(TEXT, b"two"))
        until_eof(sock)

    with far_end(story, context=certificate.server_context()) as far:
        listener = near.dial(far.url)
        near.until(lambda: len(listener.texts) == 2)
        near.drop_all()

    assert listener.texts == ["one", "two"]


def test_a_burst_beyond_one_helping_is_delivered_whole_although_tls_hides_it(near, context):
    sent = [f"{number:06d}" + "x" * 1_000 for number in range(2_000)]

    def story(sock):
        upgrade(sock)
        sock.sendall(b"".join(frame(TEXT, text.encode()) for text in sent))
        until_eof(sock)

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        near.until(lambda: len(listener.texts) == len(sent))
        near.drop_all()

    assert listener.texts == sent


def counted(connection):
    """Each frame that websocket-client takes from now on."""
    connection._readers = Readers()
    reader = connection._readers.lend(connection._stream)
    frames, take = [], reader.recv_frame
    reader.recv_frame = lambda: frames.append(1) or take()
    connection._readers.take_back(reader)
    return frames


@pytest.mark.parametrize("flood", ["texts", "pings"])
def test_a_socket_with_a_flood_of_small_frames_does_not_starve_the_others(near, context, flood):
    burst = (frame(TEXT, b"") if flood == "texts" else frame(PING, b"")) * 20_000
    flooding = threading.Event()

    def story(sock):
        upgrade(sock)
        flooding.wait(5)
        sock.sendall(burst)
        until_eof(sock)

    def answer(sock):
        upgrade(sock)
        for _ in range(20):
            _, text = read_frame(sock)
            sock.sendall(frame(TEXT, text))
        until_eof(sock)

    shares = []
    with far_end(story, context=context) as flood_end, far_end(answer, context=context) as far:
        busy = near.dial(flood_end.url, max_queued_bytes=4_000_000)
        other = near.dial(far.url, on_text=lambda connection, text: connection.send(text))
        near.until_open(busy)
        near.until_open(other)
        other.connection.send("x")
        frames = busy.texts if flood == "texts" else counted(busy.connection)
        flooding.set()
        while len(other.texts) < 20 or not frames:
            before = len(frames)
            near.loop.turn()
            shares.append(len(frames) - before)
        near.drop_all()

    assert max(shares) <= 4 * _FRAMES_A_TURN
    assert len(other.texts) == 20


def test_one_byte_at_a_time_is_as_good_as_any(near, context):
    def story(sock):
        upgrade(sock)
        for byte in frame(TEXT, b"slow") + frame(TEXT, b"x" * 200):
            sock.sendall(bytes([byte]))
        until_eof(sock)

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        near.until(lambda: len(listener.texts) == 2)
        near.drop_all()

    assert listener.texts == ["slow", "x" * 200]


def test_the_first_frames_may_come_in_one_packet_with_the_upgrade(near, context):
    def story(sock):
        head = read_head(sock)
        sock.sendall(switching(head) + frame(TEXT, b"metadata") + frame(TEXT, b"hello")[:3])
        sock.sendall(frame(TEXT, b"hello")[3:])
        until_eof(sock)

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        near.until(lambda: len(listener.texts) == 2)
        near.drop_all()

    assert listener.texts == ["metadata", "hello"]
    assert listener.opened_times == 1


def test_fragments_become_one_text_with_a_ping_answered_between_them(near):
    pongs = []
    euro = "€".encode()

    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"costs 5 " + euro[:1], fin=0))
        sock.sendall(frame(PING, b"alive?"))
        pongs.append(read_frame(sock))
        sock.sendall(frame(CONT, euro[1:2], fin=0) + frame(CONT, euro[2:] + b"."))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url)
        near.until(lambda: listener.texts)
        near.drop_all()

    assert listener.texts == ["costs 5 €."]
    assert pongs == [(PONG, b"alive?")]


def test_a_binary_message_is_delivered_as_text(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(BINARY, b'{"type": "ping"}'))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url)
        near.until(lambda: listener.texts)
        near.drop_all()

    assert listener.texts == ['{"type": "ping"}']


@pytest.mark.parametrize(
    ("bad", "code", "reason"),
    [
        (frame(TEXT, b"x", rsv=4), 1002, "malformed_frame"),
        (frame(5, b"x"), 1002, "malformed_frame"),
        (frame(CONT, b"x"), 1002, "malformed_frame"),
        (frame(TEXT, b"caf\xe9"), 1007, "not_utf8"),
    ],
    ids=["reserved bits", "unknown opcode", "continuation of nothing", "latin-1"],
)
def test_a_server_that_breaks_the_protocol_is_told_so_and_left(near, bad, code, reason):
    told = []

    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"good") + bad + frame(TEXT, b"never read"))
        told.append(read_frame(sock))

    with far_end(story) as far:
        listener = near.dial(far.url)
        closed = near.until_closed(listener)

    assert listener.texts == ["good"]
    assert closed == Closed(Kind.PROTOCOL, reason, code)
    assert told == [(CLOSE, code.to_bytes(2))]


@pytest.mark.parametrize(
    "frames",
    [
        [frame(TEXT, b"x" * 17_000_000)[:50_000]],
        [frame(TEXT, b"x" * 600_000, fin=0)] + [frame(CONT, b"x" * 600_000, fin=0)] * 30,
    ],
    ids=["one frame", "in fragments"],
)
def test_a_message_beyond_16_mb_is_refused_long_before_it_is_there(near, frames):
    def story(sock):
        upgrade(sock)
        for piece in frames:
            try:
                sock.sendall(piece)
            except OSError:
                return
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url)
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.PROTOCOL, "too_big", 1009)
    assert listener.texts == []


def test_a_whole_message_one_byte_too_long_is_refused_and_one_at_the_limit_is_not(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"x" * 100) + frame(TEXT, b"x" * 101))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url, max_message_bytes=100)
        closed = near.until_closed(listener)

    assert listener.texts == ["x" * 100]
    assert closed.reason == "too_big"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1000, ""),
        (1002, "LLM timed out"),
        (1008, "Override for field 'text_only' is not allowed by config."),
        (1011, "¡ay!"),
        (4300, "Queue wait timed out"),
    ],
)
def test_a_close_frame_is_reported_with_its_code_and_what_it_said(near, context, code, said):
    answers = []

    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"last words") + close_frame(code, said.encode()))
        answers.append(read_frame(sock))

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        closed = near.until_closed(listener)

    assert listener.texts == ["last words"]
    assert closed == Closed(Kind.REMOTE, "close_frame", code, said)
    assert not said or said not in repr(closed)
    assert answers[0][0] == CLOSE


def test_a_close_frame_without_a_code_is_a_close_frame(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(CLOSE))
        until_eof(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed == Closed(Kind.REMOTE, "close_frame", None)


def test_a_reset_is_a_lost_connection(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"hello"))
        time.sleep(0.05)
        reset(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed == Closed(Kind.LOST, "reset")


def test_an_end_without_a_close_frame_is_a_lost_connection(near, context):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"half a fr")[:5])

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.LOST, "eof")
    assert listener.texts == []


def test_the_reason_of_a_server_that_hung_up_is_read_although_writing_failed(near):
    gone = threading.Event()

    def story(sock):
        upgrade(sock)
        sock.sendall(close_frame(1008, b"quota"))
        sock.close()
        gone.set()

    def speak_too_late(connection):
        assert gone.wait(5)
        for _ in range(3):
            connection.send("are you there?")

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url, on_opened=speak_too_late))

    assert closed == Closed(Kind.REMOTE, "close_frame", 1008, "quota")


def test_a_queue_beyond_its_cap_drops_the_connection(near, context):
    release = threading.Event()

    def story(sock):
        upgrade(sock)
        release.wait(5)
        until_eof(sock)

    def flood(connection):
        for _ in range(400):
            connection.send("x" * 100_000)

    with far_end(story, context=context, receive_buffer=4096) as far:
        closed = near.until_closed(near.dial(far.url, on_opened=flood))
        release.set()

    assert closed == Closed(Kind.OVERFLOW, "queue_full")


def test_a_reader_who_takes_nothing_for_too_long_is_dropped(near):
    release = threading.Event()

    def story(sock):
        upgrade(sock)
        release.wait(5)

    with far_end(story, receive_buffer=4096) as far:
        listener = near.dial(
            far.url,
            on_opened=lambda connection: connection.send("x" * 8_000_000),
            max_queued_bytes=10_000_000,
            write_timeout_s=0.2,
        )
        closed = near.until_closed(listener)
        release.set()

    assert closed == Closed(Kind.LOST, "write_stalled")


def test_writing_is_watched_only_while_something_is_queued(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"one"))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url, on_opened=lambda connection: connection.send("hola"))
        near.until(lambda: listener.texts)
        turns = []
        near.loop.call_soon(lambda: turns.append(1))
        near.loop.turn()
        before = time.monotonic()
        near.loop.call_later(0.1, lambda: turns.append(2))
        passes = 0
        while turns != [1, 2]:
            near.loop.turn()
            passes += 1
        near.drop_all()

    assert time.monotonic() - before >= 0.1
    assert passes < 5


def test_a_close_of_ours_waits_for_the_answer_and_swallows_what_comes_before_it(near, context):
    received = []

    def story(sock):
        upgrade(sock)
        received.append(read_frame(sock))
        sock.sendall(frame(TEXT, b"too late") + frame(PING, b"x") + close_frame(1000))
        received.append(sock.recv(100))

    with far_end(story, context=context) as far:
        listener = near.dial(far.url, on_opened=lambda connection: connection.close(1001, "é" * 99))
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.LOCAL, "closed", 1001)
    assert listener.texts == []
    (opcode, payload), after_the_last_frame = received
    assert (opcode, payload[:2]) == (CLOSE, (1001).to_bytes(2))
    assert after_the_last_frame == b""
    assert payload[2:].decode() == "é" * 61


def test_a_close_of_ours_that_nobody_answers_ends_at_its_deadline(near):
    def story(sock):
        upgrade(sock)
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(
            far.url, on_opened=lambda connection: connection.close(), close_timeout_s=0.1
        )
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.LOCAL, "close_unconfirmed", 1000)


def test_a_close_of_ours_that_is_answered_by_hanging_up_is_still_ours(near, context):
    def story(sock):
        upgrade(sock)
        read_frame(sock)

    with far_end(story, context=context) as far:
        listener = near.dial(far.url, on_opened=lambda connection: connection.close())
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.LOCAL, "close_unconfirmed", 1000)


def test_an_abort_from_inside_a_callback_stops_the_delivery_at_once(near):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"one") + frame(TEXT, b"two"))
        until_eof(sock)

    def abort(connection, _text):
        connection.abort()
        connection.send("into the void")
        connection.close()

    with far_end(story) as far:
        listener = near.dial(far.url, on_text=abort)
        closed = near.until_closed(listener)

    assert listener.texts == ["one"]
    assert closed == Closed(Kind.LOCAL, "aborted")


def test_a_listener_that_fails_misses_no_further_message(certificate):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"one") + frame(TEXT, b"two"))
        until_eof(sock)

    near = NearEnd(certificate.cafile)
    with far_end(story) as far:
        listener = near.dial(far.url, on_text=lambda _connection, _text: 1 / 0)
        near.until(lambda: len(listener.texts) == 2)
        near.drop_all()
    near.close()

    assert [failure.reason for failure in near.failures] == ["callback_failed"] * 2


@pytest.mark.parametrize("end", ["close", "abort", "remote"])
def test_an_ended_connection_leaves_nothing_for_the_collector(near, context, end):
    def story(sock):
        upgrade(sock)
        if end == "remote":
            sock.sendall(close_frame(1000))
        else:
            read_frame(sock)
            sock.sendall(close_frame(1000))

    remains = []

    def look(connection):
        remains.append(weakref.ref(connection._stream.sock))
        if end != "remote":
            getattr(connection, end)()

    gc.disable()
    try:
        with far_end(story, context=context) as far:
            near.until_closed(near.dial(far.url, on_opened=look))
        assert [one() for one in remains] == [None]
    finally:
        gc.enable()


def test_a_connection_that_ends_in_a_message_leaves_nothing_for_the_collector(near, context):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"never whole")[:-1])
        until_eof(sock)

    gc.disable()
    try:
        with far_end(story, context=context) as far:
            listener = near.dial(far.url)
            near.until_open(listener)
            near.until(lambda: listener.connection._reader is not None)
            reader = weakref.ref(listener.connection._reader)
            listener.connection.abort()
            near.until_closed(listener)
        assert reader() is None
    finally:
        gc.enable()


def test_a_quiet_connection_keeps_no_reader_and_no_dict(near, context):
    def story(sock):
        upgrade(sock)
        sock.sendall(frame(TEXT, b"whole"))
        until_eof(sock)

    with far_end(story, context=context) as far:
        listener = near.dial(far.url)
        near.until(lambda: listener.texts == ["whole"])
        kept = listener.connection._reader
        attributes = getattr(listener.connection._stream.sock, "__dict__", {})
        near.drop_all()

    assert kept is None
    assert attributes == {}  # each has its place (`trust`): a dict takes 336 bytes


def test_the_second_dial_resumes_the_tls_session_of_the_first(near, certificate):
    def story(sock):
        upgrade(sock)
        read_frame(sock)
        sock.sendall(close_frame(1000))

    with far_end(story, context=certificate.server_context()) as far:
        for _ in range(3):
            listener = near.dial(far.url, on_opened=lambda connection: connection.send("hi"))
            near.until_closed(listener)

    assert far.resumed == [False, True, True]
    assert far.failures == []


def test_a_server_that_has_forgotten_the_session_shakes_hands_in_full(near, certificate):
    def story(sock):
        upgrade(sock)
        sock.sendall(close_frame(1000))

    context = certificate.server_context()
    with far_end(story, context=context) as far:
        near.until_closed(near.dial(far.url))
    key = "127.0.0.1", far.port
    kept = near.trust._kept[key]

    with far_end(story, context=certificate.server_context()) as another:
        near.trust._kept["127.0.0.1", another.port] = kept
        closed = near.until_closed(near.dial(another.url))

    assert closed.kind is Kind.REMOTE
    assert another.resumed == [False]


def test_tls_12_is_spoken_and_resumed_too(near, certificate):
    def story(sock):
        upgrade(sock)
        sock.sendall(close_frame(1000))

    context = certificate.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with far_end(story, context=context) as far:
        for _ in range(2):
            assert near.until_closed(near.dial(far.url)).kind is Kind.REMOTE

    assert far.resumed == [False, True]


def test_a_hundred_conversations_talk_at_once(near, certificate):
    def story(sock):
        upgrade(sock)
        for _ in range(3):
            _, payload = read_frame(sock)
            sock.sendall(frame(TEXT, payload))
        until_eof(sock)

    def answer(connection, text):
        if len(text) < 9:
            connection.send(text + "+++")

    with far_end(story, context=certificate.server_context()) as far:
        listeners = [
            near.dial(far.url, on_opened=lambda c, n=n: c.send(f"{n:03d}"), on_text=answer)
            for n in range(100)
        ]
        near.until(lambda: all(len(one.texts) == 3 for one in listeners), within_s=20)
        near.drop_all()

    assert [one.texts[-1] for one in listeners] == [f"{n:03d}++++++" for n in range(100)]
    assert socket.getdefaulttimeout() is None
