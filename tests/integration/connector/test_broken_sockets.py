"""However a server breaks off in the middle of an answer, the conversation goes on."""

from __future__ import annotations

import pytest

from conversation.messages import InboundState, Kind
from conversation.signals import Signal
from tests.integration.connector.agents import far_agent
from tests.integration.connector.book import Book
from tests.integration.connector.far_end import TEXT, close_frame, frame, reset, until_eof
from tests.integration.connector.office import ANA, an_office, key


def closing(code, reason=b""):
    def close(sock):
        sock.sendall(close_frame(code, reason))
        until_eof(sock)

    return close


def hanging_up(sock):
    sock.close()


def sending(*pieces):
    def send(sock):
        for piece in pieces:
            try:
                sock.sendall(piece)
            except OSError:
                return
        until_eof(sock)

    return send


BREAKS = {
    "1000": closing(1000),
    "1002": closing(1002, b"llm timeout"),
    "1011": closing(1011, b"internal"),
    "4300": closing(4300, b"queue wait timed out"),
    "no close frame": hanging_up,
    "RST": reset,
    "half a frame": lambda sock: (sock.sendall(frame(TEXT, b"x" * 500)[:100]), sock.close()),
    "RSV bits": sending(bytes([0x81 | 0x40]) + frame(TEXT, b"x")[1:]),
    "no UTF-8": sending(frame(TEXT, b"\xff\xfe")),
    "a frame of 17 MB": sending(frame(TEXT, b"x" * 17_000_000)[:50_000]),
}


@pytest.fixture
def book():
    made = Book()
    made.know(ANA, agent_id="agent_1", language="es")
    return made


def breaking_once(how):
    def answer(agent, sock, text, turn):
        if len(agent.heard) == 1:
            how(sock)
            raise ConnectionError("broken by the script")
        agent.say(sock, f"oído: {text}", turn)

    return answer


@pytest.mark.parametrize("how", BREAKS.values(), ids=BREAKS)
def test_a_turn_that_was_broken_off_is_asked_again_and_answered_once(book, how):
    with far_agent(breaking_once(how)) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.writes(2, "¿sigue ahí?")
        office.until_said("oído: hola", "oído: ¿sigue ahí?")

        assert agent.heard == ["hola", "hola", "¿sigue ahí?"]
        assert len(agent.initiations) == 2
        assert book.state_of(ANA, key(1)) is InboundState.ANSWERED
        assert book.said(ANA, Kind.NOTICE) == []


def test_a_broken_contract_is_not_tried_in_a_loop_and_the_person_is_told_once(book):
    once = breaking_once(closing(1008, b"whatever the contract says"))
    with far_agent(once) as agent, an_office(book, agent, configuration_pause_s=0.4) as office:
        office.writes(1, "hola")
        office.until(lambda: book.said(ANA, Kind.NOTICE))
        office.linger(0.1)
        assert len(agent.initiations) == 1

        office.until_said("oído: hola")

        assert len(book.said(ANA, Kind.NOTICE)) == 1
        assert Signal.AGENT_MISCONFIGURED in office.signals.names()
