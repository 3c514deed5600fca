"""What websocket-client believes to be a socket."""

from __future__ import annotations

import ssl

import pytest

from connector.loop import READ, WRITE
from connector.stream import LostError, Stream


class FakeSocket:
    """Takes ``room`` bytes, then would block; gives what it was told to give."""

    def __init__(self, *, room=0, gives=()):
        self.room = room
        self.gives = list(gives)
        self.taken = b""
        self.error = None

    def send(self, data):
        if self.error is not None:
            raise self.error
        if self.room == 0:
            raise BlockingIOError
        piece = bytes(data[: self.room])
        self.taken += piece
        self.room -= len(piece)
        return len(piece)

    def recv(self, _size):
        if not self.gives:
            raise BlockingIOError
        given = self.gives.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def test_everything_is_taken_and_the_kernels_rest_is_queued():
    sock = FakeSocket(room=3)
    stream = Stream(sock)

    taken = stream.send(b"abcdef")

    assert taken == 6
    assert sock.taken == b"abc"
    assert stream.queued == 3
    assert stream.interest == READ | WRITE


def test_what_is_sent_later_goes_behind_what_is_queued():
    sock = FakeSocket(room=3)
    stream = Stream(sock)
    stream.send(b"abcdef")
    sock.room = 100

    stream.send(b"ghi")
    before_the_flush = sock.taken
    stream.flush()

    assert before_the_flush == b"abc"
    assert sock.taken == b"abcdefghi"
    assert stream.interest == READ


def test_a_socket_that_takes_one_byte_at_a_time_gets_all_of_them_in_order():
    sock = FakeSocket()
    stream = Stream(sock)
    data = bytes(range(256))
    stream.send(data)

    while stream.queued:
        sock.room = 1
        stream.flush()

    assert sock.taken == data


def test_reading_beyond_what_has_come_means_not_yet():
    stream = Stream(FakeSocket(gives=[b"abc"]))
    stream.fill()

    assert stream.recv(2) == b"ab"
    assert stream.recv(2) == b"c"
    with pytest.raises(ssl.SSLWantReadError):
        stream.recv(2)


def test_nothing_there_is_no_end():
    stream = Stream(FakeSocket())

    assert stream.fill() is False


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "eof"),
        (ConnectionResetError(104, "reset"), "reset"),
        (TimeoutError(110, "timed out"), "timed_out"),
        (ssl.SSLError(1, "bad record"), "tls"),
        (OSError(5, "io"), "socket_error"),
    ],
)
def test_the_end_of_the_stream_has_a_name(given, reason):
    stream = Stream(FakeSocket(gives=[given]))

    with pytest.raises(LostError) as lost:
        stream.fill()

    assert lost.value.reason == reason


def test_a_broken_pipe_is_left_to_the_reader_who_may_find_a_close_frame_first():
    sock = FakeSocket(gives=[b"goodbye"])
    sock.error = BrokenPipeError(32, "pipe")
    stream = Stream(sock)

    assert stream.send(b"abc") == 3
    assert stream.queued == 0
    assert stream.fill() is True
    assert stream.take() == b"goodbye"


def test_a_muted_stream_swallows_what_comes_after_the_last_frame():
    sock = FakeSocket(room=2)
    stream = Stream(sock)
    stream.send(b"close")

    stream.mute()
    stream.send(b"pong")
    sock.room = 100
    stream.flush()

    assert sock.taken == b"close"


def test_a_read_that_waits_for_writing_is_watched_for_writing():
    sock = FakeSocket(gives=[ssl.SSLWantWriteError()])
    stream = Stream(sock)

    assert stream.fill() is False
    assert stream.interest == READ | WRITE
