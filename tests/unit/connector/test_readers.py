"""Who lends readers of frames, and to whom they belong in the middle of a message."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF

from connector.readers import Readers
from tests.tape import Tape

MESSAGES = ["one", "", "t" * 300, "tres ñandúes", "w" * 70_000]


class Inbox(Tape):
    """With the reader that it was lent, and what was read."""

    def __init__(self, incoming=b""):
        super().__init__(incoming)
        self.texts = []
        self.reader = None


def a_frame(opcode, payload=b"", *, fin=1):
    first = bytes([fin << 7 | opcode])
    if len(payload) < 126:
        return first + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return first + bytes([126]) + len(payload).to_bytes(2) + payload
    return first + bytes([127]) + len(payload).to_bytes(8) + payload


def on_the_wire(text):
    """A text in two parts, with a ping between them."""
    data = text.encode()
    half = len(data) // 2
    return (
        a_frame(ABNF.OPCODE_TEXT, data[:half], fin=0)
        + a_frame(ABNF.OPCODE_PING, b"7")
        + a_frame(ABNF.OPCODE_CONT, data[half:])
    )


def read(readers, inbox):
    """As a connection does when its socket is ready."""
    inbox.reader = inbox.reader or readers.lend(inbox)
    try:
        while True:
            opcode, frame = inbox.reader.recv_data_frame(control_frame=True)
            if opcode == ABNF.OPCODE_TEXT:
                inbox.texts.append(frame.data.decode())
    except ssl.SSLWantReadError:
        inbox.reader = None if readers.take_back(inbox.reader) else inbox.reader


@given(data=st.data())
def test_sockets_that_share_readers_get_each_its_own_messages_however_these_are_cut(data):
    readers, inboxes = Readers(), [Inbox() for _ in range(3)]
    texts = [data.draw(st.lists(st.sampled_from(MESSAGES), max_size=3)) for _ in inboxes]
    rest = [b"".join(map(on_the_wire, said)) for said in texts]

    while any(rest):
        which = data.draw(st.sampled_from([n for n, left in enumerate(rest) if left]))
        least = len(rest[which]) // 20 + 1  # many small pieces of what is small
        size = least + data.draw(st.integers(0, 400))
        inboxes[which].incoming += rest[which][:size]
        rest[which] = rest[which][size:]
        read(readers, inboxes[which])

    assert [inbox.texts for inbox in inboxes] == texts
    assert [inbox.reader for inbox in inboxes] == [None] * 3


@pytest.mark.parametrize(
    "part",
    [
        a_frame(ABNF.OPCODE_TEXT, b"hola")[:1],
        a_frame(ABNF.OPCODE_TEXT, b"hola")[:2],
        a_frame(ABNF.OPCODE_TEXT, b"hola")[:-1],
        a_frame(ABNF.OPCODE_TEXT, b"w" * 300)[:3],
        a_frame(ABNF.OPCODE_TEXT, b"hola", fin=0),
        a_frame(ABNF.OPCODE_TEXT, b"", fin=0),
        a_frame(ABNF.OPCODE_TEXT, b"hola", fin=0) + a_frame(ABNF.OPCODE_PING),
    ],
    ids=[
        "half a head",
        "a head",
        "half a text",
        "half a length",
        "a part",
        "an empty part",
        "ping",
    ],
)
def test_in_the_middle_of_a_message_a_socket_keeps_its_reader(part):
    readers, inbox = Readers(), Inbox(part)

    read(readers, inbox)

    assert inbox.reader is not None
    assert readers.lend(Inbox()) is not inbox.reader


def test_between_messages_the_reader_is_the_next_one_s():
    readers, inbox, other = Readers(), Inbox(a_frame(ABNF.OPCODE_TEXT, b"hola")), Inbox()
    reader = readers.lend(inbox)
    reader.recv_data_frame()

    assert readers.take_back(reader)
    assert readers.lend(other) is reader
    assert reader.sock is other
