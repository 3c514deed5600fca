"""Agents at the far end: they speak the real frames over real loopback sockets, by a script."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.integration.connector.far_end import (
    TEXT,
    close_frame,
    far_end,
    frame,
    read_frame,
    read_head,
    switching,
    until_eof,
)

_AGENT = json.dumps(
    {
        "agent_id": "agent_1",
        "conversation_config": {
            "agent": {"first_message": ""},
            "conversation": {"text_only": True, "client_events": ["agent_response_complete"]},
        },
    }
).encode()
_DOCUMENT = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_AGENT),
    _AGENT,
)


@dataclass
class FarAgent:
    """What a far agent has heard, and how it behaves."""

    url: str = ""
    answer: object = None
    dialect: str = "convai"
    refusals: int = 0
    refusal: bytes = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    dialed: list = field(default_factory=list)
    """When each socket came, refused or not…"""
    opening: int = 0
    """…how many are in their handshake now…"""
    most_opening: int = 0
    """…and were at most."""
    activity: int = 0
    greet: object = None
    """What it does when it has been initiated, instead of giving its metadata."""
    sockets: list = field(default_factory=list)
    lock: object = field(default_factory=threading.Lock)
    heads: list = field(default_factory=list)
    initiations: list = field(default_factory=list)
    heard: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    unsent: threading.Event = field(default_factory=threading.Event)

    def play(self, sock):
        with self.lock:
            self.dialed.append(time.monotonic())
            refused, self.refusals = self.refusals > 0, max(0, self.refusals - 1)
            self.opening += 1
            self.most_opening = max(self.most_opening, self.opening)
        over = once(self.handshake_over)
        try:
            number = self.shake_hands(sock, over, refused=refused)
        finally:
            over()
        if number:
            self.converse(sock)

    def handshake_over(self):
        """Before the last word of it is said: who hears that may begin the next one."""
        with self.lock:
            self.opening -= 1

    def shake_hands(self, sock, over, *, refused):
        """From the connection to the metadata. The number of the session, if there is one."""
        if refused:
            read_head(sock)
            over()
            sock.sendall(self.refusal)
            return 0
        head = read_head(sock)
        if b"sec-websocket-key" not in head.lower():
            sock.sendall(_DOCUMENT)
            return 0
        self.heads.append(head)
        sock.sendall(switching(head))
        first = self.read(sock)
        with self.lock:
            self.sockets.append(sock)
            self.initiations.append(first)
            number = len(self.initiations)
        if self.greet is not None and self.greet(self, sock, number):
            return 0
        if self.dialect == "convai":
            over()
            metadata = {"conversation_id": f"conv_{number}"}
            self.write(sock, "conversation_initiation_metadata",
                       conversation_initiation_metadata_event=metadata)  # fmt: skip
        return number

    def converse(self, sock):
        """Until it ends."""
        turn = 0
        while (said := self.read(sock)) is not None:
            if said["type"] == "contextual_update":
                self.notes.append(said["text"])
            elif said["type"] == "user_activity":
                self.activity += 1
            elif said["type"] == "user_message":
                turn += 1
                text = said.get("text") or said.get("message")
                self.heard.append(text)
                self.answer(self, sock, text, turn)

    def say(self, sock, text, turn):
        """The whole of an answer, and its end."""
        if self.dialect == "classic":
            self.write(sock, "agent_response", message=text)
            return
        self.write(
            sock, "agent_response",
            agent_response_event={"agent_response": text, "event_id": turn},
        )  # fmt: skip
        self.write(
            sock, "agent_response_complete",
            agent_response_complete_event={"event_id": turn},
        )  # fmt: skip

    def write(self, sock, kind, **body):
        sock.sendall(frame(TEXT, json.dumps({"type": kind, **body}).encode()))

    def read(self, sock):
        while True:
            opcode, data = read_frame(sock)
            if opcode == TEXT:
                return json.loads(data)
            if opcode == 8:
                sock.sendall(frame(8, data))
                until_eof(sock)
                return None


def once(run):
    """The same, but for the second time and those after it."""
    left = [run]
    return lambda: left and left.pop()()


def echoing(agent, sock, text, turn):
    agent.say(sock, f"oído: {text}", turn)


def silent(agent, sock, text, turn):
    """Says nothing at all."""


def on_demand(agent, sock, text, turn):
    """Answers once the test says so."""
    assert agent.unsent.wait(5)
    agent.say(sock, f"oído: {text}", turn)


def hanging_up_once(agent, sock, text, turn):
    """The first time it breaks off instead of answering."""
    if len(agent.heard) == 1:
        sock.sendall(close_frame(1011, b"internal"))
        until_eof(sock)
        raise ConnectionError("hung up by the script")
    agent.say(sock, f"oído: {text}", turn)


@contextmanager
def far_agent(answer=echoing, **how):
    """An agent that behaves so."""
    agent = FarAgent(answer=answer, **how)
    with far_end(agent.play) as far:
        agent.url = far.url
        yield agent
    bad = [f for f in far.failures if not isinstance(f, ConnectionError | OSError)]
    assert bad == []
