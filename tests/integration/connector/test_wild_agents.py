"""Agents that say anything in any order, drawn by chance, over real sockets against the real hub.

Whatever they say, no dialogue fails, every message is decided (answered, or given up after three
asks), and the first agent in its senses after them is heard. ``HILO_WILD_SEEDS=200 pytest …`` plays
more than the few of every run.
"""

from __future__ import annotations

import json
import os
from random import Random

import pytest

from conversation.messages import Direction, InboundState
from conversation.signals import Signal
from tests.integration.connector.agents import far_agent
from tests.integration.connector.book import Book
from tests.integration.connector.far_end import TEXT, close_frame, frame, reset
from tests.integration.connector.office import ANA, an_office

SEEDS = range(int(os.environ.get("HILO_WILD_SEEDS", "8")))
SHOWN = (
    (),
    ("agent_response_complete",),
    ("agent_response_complete", "agent_tool_request", "agent_tool_response"),
)
HASTE = {
    "hard_deadline_s": 0.4, "hard_deadline_waiting_s": 0.3, "person_deadline_s": 0.5,
    "stalled_stream_s": 0.1, "quiet_after_tool_s": 0.1, "empty_blind_s": 0.1,
    "greeting_doubt_s": 0.1, "leave_grace_s": 0.05, "close_grace_s": 0.2, "metadata_s": 0.3,
    "queue_s": 0.2,
}  # fmt: skip
"""A minute is a tenth of a second here."""
TEXTS = ("a", "hola", "   ", "", "\ud800", "x" * 3000, "*b*", "1. a\n2. b")
DECIDED = {InboundState.ANSWERED, InboundState.FAILED}


def event(kind, body, name=None):
    return json.dumps({"type": kind, name or f"{kind}_event": body})


def wild_event(rng, turn):
    """One frame of those that a text session can meet, more or less as they should be."""
    number = rng.choice([turn, turn, turn, turn - 1, turn + 1, 0, 1, None, "ev", -3, 10**25])
    text, call = rng.choice(TEXTS), {"tool_name": "t", "tool_call_id": rng.choice("ab")}
    named = {"response_id": rng.choice(["r1", "r2"])} if rng.random() < 0.3 else {}
    return rng.choice([
        event("agent_response", {"agent_response": text, "event_id": number} | named),
        *(
            event(
                "agent_chat_response_part",
                {"text": text, "type": kind, "event_id": number} | named, "text_response_part",
            )
            for kind in ("start", "delta", "delta", "stop", "zzz")
        ),
        event("agent_response_complete", {"event_id": number}),
        event("interruption", {"event_id": number}),
        event(
            "agent_response_correction",
            {"original_agent_response": "x", "corrected_agent_response": text, "event_id": number},
        ),
        event(
            "client_tool_call", call | {"expects_response": rng.random() < 0.5}, "client_tool_call"
        ),
        event("agent_tool_request", call | {"event_id": number}, "agent_tool_request"),
        event("agent_tool_response", call | {"is_error": True}, "agent_tool_response"),
        *(
            event("mcp_tool_call", {"tool_call_id": "a", "state": state}, "mcp_tool_call")
            for state in ("loading", "awaiting_approval", "success", "x")
        ),
        event("ping", {"event_id": number}),
        event("queue_status", {"status": rng.choice(["waiting", "admitted", "timed_out"])}),
        event("conversation_initiation_metadata", {"conversation_id": "c2"}),
        event("external_agent_connected", {}),
        event("agent_typing", {"is_typing": True}),
        event("nuevo", {}),
        "[", "null", '"a"',
    ])  # fmt: skip


def say_anything(rng, sock, turn, most):
    for _ in range(rng.randint(0, most)):
        sock.sendall(frame(TEXT, wild_event(rng, turn).encode()))


def end_somehow(rng, sock):
    """One of the ways in which a session ends in the middle of a turn."""
    way = rng.choice(["close", "reset", "fault", "end_call", "eof"])
    if way == "close":
        sock.sendall(close_frame(rng.choice([1000, 1001, 1002, 1011, 4300]), b"x"))
    elif way == "reset":
        reset(sock)
    elif way == "fault":
        kind = rng.choice(["llm_error", "max_duration_exceeded", "zzz"])
        sock.sendall(frame(TEXT, event("error", {"error_type": kind}).encode()))
    elif way == "end_call":
        over = {"tool_name": "end_call", "tool_call_id": "e"}
        said = event("agent_tool_response", over, "agent_tool_response")
        sock.sendall(frame(TEXT, said.encode()))
    raise ConnectionError(way)


class Madness:
    """An agent's behaviour: wild until it is ``sane``."""

    def __init__(self, rng):
        self.rng = rng
        self.sane = False

    def greet(self, _agent, sock, _number):
        if not self.sane:
            say_anything(self.rng, sock, 1, most=4)

    def answer(self, agent, sock, text, turn):
        if self.sane:
            agent.say(sock, f"cuerdo: {text}", self.rng.randint(10**6, 10**9))
            return
        say_anything(self.rng, sock, turn, most=14)
        if self.rng.random() < 0.35:
            end_somehow(self.rng, sock)
        if self.rng.random() < 0.5:
            agent.say(sock, f"oído: {text}", turn)


def states(book):
    return {m.state for m in book.messages.values() if m.direction is Direction.INBOUND}


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_an_agent_says_every_message_is_decided_and_the_next_sane_one_is_heard(seed):
    rng, book = Random(seed), Book()
    book.know(ANA, agent_id="agent_1", language="es")
    madness = Madness(rng)
    with (
        far_agent(madness.answer, greet=madness.greet) as agent,
        an_office(book, agent, shown=SHOWN[seed % len(SHOWN)], session=HASTE) as office,
    ):
        for n in range(1, 5):
            office.writes(n, f"mensaje {n}")
            office.linger(rng.random() * 0.15)
        office.linger(0.5)

        madness.sane = True
        office.writes(9, "fin")
        office.until(lambda: any("cuerdo" in s and "fin" in s for s in book.said(ANA)), within_s=20)
        office.until(lambda: states(book) <= DECIDED, within_s=20)

        assert Signal.DEFECT_FOUND not in office.signals.names()
        assert office.failures == []
